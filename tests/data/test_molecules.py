import math
import random
from itertools import pairwise

import pytest
import torch

from labkit.data.molecules import ELEMENTS, Molecule, as_graph, draw_molecule, formula, gap, molecules

MANY = molecules(300, seed=0)


def chain(atoms: str, orders: list[int]) -> Molecule:
    return Molecule(list(atoms), {(i, i + 1): order for i, order in enumerate(orders)})


def test_valences_are_kept():
    for molecule in MANY:
        assert all(molecule.free(atom) >= 0 for atom in range(len(molecule.atoms)))
        assert 6 <= len(molecule.atoms) <= 14
        assert set(molecule.bonds.values()) <= {1, 2, 3}


def test_every_molecule_is_in_one_piece():
    for molecule in MANY:
        reached, edge = {0}, {0}
        while edge:
            edge = {b for pair in molecule.bonds for a, b in (pair, pair[::-1]) if a in edge} - reached
            reached |= edge
        assert len(reached) == len(molecule.atoms)


def test_no_atom_has_two_multiple_bonds_and_no_ring_a_triple_one():
    for molecule in MANY:
        for atom in range(len(molecule.atoms)):
            assert sum(order > 1 for order in molecule.orders(atom)) <= 1
        assert all(order < 3 for pair, order in molecule.bonds.items() if set(pair) <= molecule.in_rings)


def test_there_are_rings_branches_and_all_elements_and_bonds():
    rings = sum(len(molecule.bonds) >= len(molecule.atoms) for molecule in MANY) / 300
    branches = sum(max(len(m.orders(a)) for a in range(len(m.atoms))) > 2 for m in MANY) / 300
    assert 0.2 < rings < 0.8
    assert branches > 0.5
    assert {atom for molecule in MANY for atom in molecule.atoms} == set(ELEMENTS)
    assert {order for molecule in MANY for order in molecule.bonds.values()} == {1, 2, 3}


def test_gaps_in_closed_form():
    """Two orbitals split by twice their coupling; with unequal ends, Pythagoras; four in a row, the golden ratio."""
    assert gap(chain("CC", [2])) == pytest.approx(2.0)
    assert gap(chain("CC", [3])) == pytest.approx(2.4)
    assert gap(chain("CO", [2])) == pytest.approx(math.sqrt(0.8**2 + 2**2))
    ends, middle = 1.0, 0.6  # butadiene: levels are the roots of x^2 -+ 0.6 x - 1
    expected = math.sqrt(middle**2 + 4 * ends**2) - middle
    assert gap(chain("CCCC", [2, 1, 2])) == pytest.approx(expected)


def test_the_gap_falls_with_the_length_of_the_conjugated_chain_and_not_without():
    alternating = [gap(chain("C" * 2 * n, [2, 1] * (n - 1) + [2])) for n in range(1, 6)]
    assert all(longer < shorter - 0.05 for shorter, longer in pairwise(alternating))
    apart = gap(chain("CCCCC", [2, 1, 1, 2]))  # a carbon without a double bond stands between
    assert apart == pytest.approx(2.0)


def test_no_gap_without_a_multiple_bond():
    with pytest.raises(ValueError, match="no double or triple bond"):
        gap(chain("CCC", [1, 1]))


def test_the_graph_has_every_bond_both_ways():
    graph = as_graph(chain("CNO", [1, 2]))
    assert graph.edges.tolist() == [[0, 1, 1, 2], [1, 2, 0, 1]]
    assert graph.edge_features.argmax(1).tolist() == [0, 1, 0, 1]
    assert graph.x.argmax(1).tolist() == [0, 1, 2]
    assert graph.y.item() == pytest.approx(gap(chain("CNO", [1, 2])))


def test_formulas_count_hydrogens():
    assert formula(chain("CC", [2])) == "C2H4"
    assert formula(chain("CCO", [1, 1])) == "C2H6O"
    assert formula(chain("FCN", [1, 3])) == "CFN"


def test_seeds():
    assert molecules(5, seed=1) == molecules(5, seed=1)
    assert molecules(5, seed=1) != molecules(5, seed=2)
    assert len(draw_molecule(random.Random(0), 20, 20).atoms) == 20
    assert torch.equal(as_graph(molecules(1)[0]).x, as_graph(molecules(1)[0]).x)
