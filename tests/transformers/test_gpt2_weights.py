"""Published weights: random ones, saved by transformers in the published formats, give the same logits in ours."""

import pytest
import torch

from labkit.transformers import gpt2_weights as module
from labkit.transformers.gpt import GPT
from labkit.transformers.gpt2_weights import gpt2_tokenizer, gpt2_weights, read_safetensors
from labkit.transformers.tokenizer import BytePairEncoding
from peers.gpt import transformers_gpt2

SIZES = {"tokens": 50, "width": 12, "heads": 3, "depth": 2, "length": 16}


@pytest.fixture
def peer():
    found = transformers_gpt2(GPT(**SIZES))
    with torch.no_grad():
        for parameter in found.parameters():
            parameter.normal_()
    return found


def same(model, peer):
    tokens = torch.randint(0, 50, (2, 16))
    torch.testing.assert_close(model.eval()(tokens), peer(tokens).logits, atol=1e-4, rtol=1e-4)


def test_matches_transformers(peer, tmp_path):
    """A folder as `save_pretrained` writes it, and its file of safetensors."""
    peer.save_pretrained(tmp_path)
    same(gpt2_weights(GPT(**SIZES), tmp_path), peer)
    same(gpt2_weights(GPT(**SIZES), tmp_path / "model.safetensors"), peer)


def test_the_older_file(peer, tmp_path):
    torch.save(peer.state_dict(), tmp_path / "pytorch_model.bin")
    same(gpt2_weights(GPT(**SIZES), tmp_path), peer)


def test_the_names_of_the_first_publication(peer, tmp_path, monkeypatch):
    """The file on the hub: the body alone, with the causal masks of the original among the weights."""
    from safetensors.torch import save_file

    body = {name: value.contiguous() for name, value in peer.transformer.state_dict().items()}
    masks = {f"h.{i}.attn.bias": torch.ones(16, 16).tril()[None, None] for i in range(2)}
    save_file(body | masks, tmp_path / "model.safetensors", metadata={"format": "pt"})
    asked = []
    monkeypatch.setattr(module, "fetch", lambda *args: asked.append(args) or tmp_path / "model.safetensors")
    model = GPT(**SIZES)
    assert gpt2_weights(model) is model
    same(model, peer)
    assert asked == [("model.safetensors", module.MIRRORS, module.WEIGHTS_SHA256)]


def test_every_kind_of_number(tmp_path):
    from safetensors.torch import save_file

    saved = {
        "half": torch.randn(3, 5).half(),
        "brain": torch.randn(7).bfloat16(),
        "double": torch.randn(2, 2, 2).double(),
        "bytes": torch.arange(9, dtype=torch.uint8),
        "flags": torch.tensor([True, False, True]),
        "scalar": torch.tensor(3.5),
    }
    save_file(saved, tmp_path / "file.safetensors")
    found = read_safetensors(tmp_path / "file.safetensors")
    assert set(found) == set(saved)
    for name, value in saved.items():
        assert found[name].dtype == value.dtype
        assert torch.equal(found[name], value)


def test_the_file_is_not_written_to(peer, tmp_path):
    peer.save_pretrained(tmp_path)
    before = (tmp_path / "model.safetensors").read_bytes()
    for value in read_safetensors(tmp_path / "model.safetensors").values():
        value.zero_()
    assert (tmp_path / "model.safetensors").read_bytes() == before


def test_weights_that_do_not_fit(peer, tmp_path):
    peer.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="has 2 blocks, the model 3: build it as deep"):
        gpt2_weights(GPT(**SIZES | {"depth": 3}), tmp_path)
    with pytest.raises(ValueError, match=r"wte.weight makes \(50, 12\), the model needs \(51, 12\)"):
        gpt2_weights(GPT(**SIZES | {"tokens": 51}), tmp_path)
    with pytest.raises(ValueError, match=r"wpe.weight makes \(16, 12\), the model needs \(20, 12\)"):
        gpt2_weights(GPT(**SIZES | {"length": 20}), tmp_path)
    torch.save({f"h.{i}.x": torch.zeros(1) for i in range(2)}, tmp_path / "other.bin")
    with pytest.raises(ValueError, match=r"the file has no wte.weight: are these the weights of a GPT-2\?"):
        gpt2_weights(GPT(**SIZES), tmp_path / "other.bin")
    (tmp_path / "page.safetensors").write_text("<html>not found</html>")
    with pytest.raises(ValueError, match=r"page.safetensors is no safetensors file"):
        gpt2_weights(GPT(**SIZES), tmp_path / "page.safetensors")


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"model.safetensors or .*pytorch_model.bin: give 'gpt2', a file"):
        gpt2_weights(GPT(**SIZES), tmp_path)
    with pytest.raises(FileNotFoundError, match=r"merges\.txt"):
        gpt2_tokenizer(tmp_path)


@pytest.mark.parametrize("given", ["folder", "file", "download"])
def test_the_tokenizer_of_the_publication(given, tmp_path, monkeypatch):
    """Merges as the `tokenizers` library saves them, in the characters that stand for bytes."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    ours = BytePairEncoding.train(["naïve café, naïve\ncafés   and\ttabs — “quoted”"] * 2, 320)
    printed = dict(zip(range(256), "".join(map(module._printed, range(256))), strict=True))
    spelled = ["".join(printed[byte] for byte in name) for name in ours.names]
    assert set(spelled[:256]) == set(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {name: number for number, name in enumerate(spelled)}
    library = Tokenizer(models.BPE(vocabulary, [(spelled[a], spelled[b]) for a, b in ours.merges]))
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    library.model.save(str(tmp_path))
    monkeypatch.setattr(module, "fetch", lambda name, mirrors, sha256: tmp_path / name)
    found = gpt2_tokenizer({"folder": tmp_path, "file": tmp_path / "merges.txt", "download": "gpt2"}[given])
    assert found.merges == ours.merges
    assert found.end == len(vocabulary)
    text = "a naïve — café\n\n and tabs"
    assert found.encode(text) == library.encode(text).ids
