import json
import struct

import pytest
import torch

from labkit.cnn.resnet import ResNet, resnet18
from labkit.cnn.resnet_blocks import BasicBlock, Bottleneck
from labkit.cnn.resnet_weights import published_name, read_safetensors, resnet_weights
from peers.resnet import hugging_face_resnet, shake


def small(block=BasicBlock, depths=(1, 2), width=8, classes=5):
    return ResNet(block, depths, width=width, classes=classes)


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
def test_a_published_checkpoint_gives_the_published_logits(block, tmp_path):
    """Random weights, saved by transformers as it saves what it publishes, into a model of other random weights."""
    peer = shake(hugging_face_resnet(small(block))).eval()
    peer.save_pretrained(tmp_path)
    ours, x = resnet_weights(small(block), tmp_path).eval(), torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(ours(x), peer(x).logits, atol=1e-5, rtol=1e-4)


def test_every_name_of_resnet18_is_published():
    """`microsoft/resnet-18` has 122 tensors; three of its names, written out."""
    names = {published_name(name) for name in resnet18().state_dict()}
    assert len(names) == 122
    assert names >= {
        "resnet.embedder.embedder.normalization.running_var",
        "resnet.encoder.stages.1.layers.0.shortcut.convolution.weight",
        "resnet.encoder.stages.3.layers.1.layer.1.normalization.num_batches_tracked",
    }


def test_files_are_read_as_safetensors_reads_them(tmp_path):
    from safetensors.torch import load_file, save_file

    tensors = {"a": torch.randn(2, 3), "b": torch.arange(4), "c": torch.randn(5).bfloat16(), "d": torch.tensor(3.5)}
    save_file(tensors, tmp_path / "file.safetensors", metadata={"format": "pt"})
    found = read_safetensors(tmp_path / "file.safetensors")
    torch.testing.assert_close(found, load_file(tmp_path / "file.safetensors"), rtol=0, atol=0)
    assert found["d"].shape == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"depths": (2, 2)}, "another model: it lacks"),
        ({"depths": (1, 1)}, "no place for"),
        ({"width": 4}, "are width and classes the same"),
        ({"classes": 6}, r"classifier.1.weight has shape \(5, 16\)"),
    ],
)
def test_another_shape_is_refused(changes, words, tmp_path):
    hugging_face_resnet(small()).save_pretrained(tmp_path)
    model = small(**changes)
    before = model.stem[0].weight.clone()
    with pytest.raises(ValueError, match=words):
        resnet_weights(model, tmp_path)
    torch.testing.assert_close(model.stem[0].weight, before)


def test_no_file_or_another_file_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"expected a model\.safetensors"):
        resnet_weights(small(), tmp_path)
    for content in (b"", b"PK\x03\x04 something else", struct.pack("<Q", 10**12) + b"{}"):
        (tmp_path / "model.safetensors").write_bytes(content)
        with pytest.raises(ValueError, match="no safetensors file"):
            resnet_weights(small(), tmp_path)
    header = json.dumps({"a": {"dtype": "F8_E4M3", "shape": [1], "data_offsets": [0, 1]}}).encode()
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"0")
    with pytest.raises(ValueError, match="of type F8_E4M3"):
        resnet_weights(small(), tmp_path)
