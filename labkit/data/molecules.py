"""Small molecules, drawn from a seed: valid valences, rings and branches, and a property that their bonds decide.

Axes: a atoms, m directed bonds (each bond twice), p atoms of the conjugated system.
"""

import random
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from labkit.data.graphs import Graph

ELEMENTS = {"C": 4, "N": 3, "O": 2, "F": 1}  # and how many bonds each makes; hydrogen fills up what is left
BONDS = ("single", "double", "triple")
COUPLING = (0.6, 1.0, 1.2)  # of the orbitals at both ends of a bond, in units of a double bond's
PULL = {"C": 0.0, "N": 0.4, "O": 0.8, "F": 1.2}  # how much lower an atom's own orbital lies


@dataclass
class Molecule:
    """Heavy atoms by their symbols, and bonds (first, second) with their order: 1, 2 or 3."""

    atoms: list[str] = field(default_factory=list)
    bonds: dict[tuple[int, int], int] = field(default_factory=dict)
    in_rings: set[int] = field(default_factory=set)

    def add(self, element: str, to: int | None = None) -> int:
        """Add an atom, with a single bond to another; returns its number."""
        self.atoms.append(element)
        if to is not None:
            self.bonds[to, len(self.atoms) - 1] = 1
        return len(self.atoms) - 1

    def orders(self, atom: int) -> list[int]:
        """The orders of an atom's bonds."""
        return [order for pair, order in self.bonds.items() if atom in pair]

    def free(self, atom: int) -> int:
        """How many bonds an atom could still make: the hydrogens it has."""
        return ELEMENTS[self.atoms[atom]] - sum(self.orders(atom))


def gap(molecule: Molecule) -> float:
    r"""The energy from the highest orbital with electrons to the lowest without, in Hückel's model.

    Every atom at a double or triple bond lends one orbital and one electron to the $\pi$ system, whose energies are
    the eigenvalues of $H_{ii} = -$`PULL`, $H_{ij} = -$`COUPLING` for bonded $i, j$; two electrons fill each orbital
    from the lowest up. Long chains of alternating single and double bonds have a small gap: that is what makes a dye.
    The unit is the coupling across a double bond. Raises ValueError for a molecule without a double or triple bond.
    Hückel 1931, https://doi.org/10.1007/BF01339530
    """
    pi = sorted({atom for pair, order in molecule.bonds.items() if order > 1 for atom in pair})
    if not pi:
        raise ValueError("there is no double or triple bond, and so no gap: draw molecules with one")
    place = {atom: i for i, atom in enumerate(pi)}
    hamiltonian = torch.diag(torch.tensor([-PULL[molecule.atoms[atom]] for atom in pi], dtype=torch.float64))
    for (first, second), order in molecule.bonds.items():
        if first in place and second in place:
            i, j = place[first], place[second]
            hamiltonian[i, j] = hamiltonian[j, i] = -COUPLING[order - 1]
    levels = torch.linalg.eigvalsh(hamiltonian)
    return (levels[len(pi) // 2] - levels[len(pi) // 2 - 1]).item()


def as_graph(molecule: Molecule) -> Graph:
    """Atoms as nodes (one-hot element), bonds in both directions as edges (one-hot order), the gap as target."""
    names, pairs = list(ELEMENTS), list(molecule.bonds.items())
    one_way = torch.tensor([pair for pair, _ in pairs]).view(-1, 2).T
    orders = torch.tensor([order - 1 for _, order in pairs]).repeat(2)
    elements = torch.tensor([names.index(symbol) for symbol in molecule.atoms])
    return Graph(
        torch.cat([one_way, one_way.flip(0)], dim=1),
        torch.eye(len(names))[elements],
        torch.tensor([gap(molecule)]),
        edge_features=torch.eye(len(BONDS))[orders],
    )


def draw_molecule(chooser: random.Random, smallest: int = 6, largest: int = 14) -> Molecule:
    """A random molecule: chains, branches and rings of carbon, other atoms here and there, some multiple bonds.

    No atom has two multiple bonds, and at least one bond is multiple.
    """
    while True:
        molecule, size = Molecule(), chooser.randint(smallest, largest)
        molecule.add("C")
        while len(molecule.atoms) < size:
            open_atoms = [atom for atom in range(len(molecule.atoms)) if molecule.free(atom)]
            if not open_atoms:
                break
            _grow(molecule, chooser, open_atoms, size - len(molecule.atoms))
        _raise_bonds(molecule, chooser)
        if len(molecule.atoms) == size and max(molecule.bonds.values()) > 1:
            return molecule


def _grow(molecule: Molecule, chooser: random.Random, open_atoms: list[int], room: int) -> None:
    """One more atom, or a ring; new atoms are preferred to grow from, so that chains get long."""
    at = open_atoms[-1] if chooser.random() < 0.6 else chooser.choice(open_atoms)
    if room >= 6 and chooser.random() < 0.2:
        ring = [at := molecule.add(chooser.choice("CCCCCN"), at)]
        for _ in range(chooser.choice((4, 5))):
            ring.append(at := molecule.add(chooser.choice("CCCCCN"), at))
        molecule.bonds[ring[0], ring[-1]] = 1
        molecule.in_rings.update(ring)
    else:
        molecule.add(chooser.choice("CCCCCCCCNNOOF"), at)


def _raise_bonds(molecule: Molecule, chooser: random.Random) -> None:
    """Make some single bonds double or triple where both atoms have room, one at each atom at most."""
    for pair in list(molecule.bonds):
        room = min(molecule.free(atom) for atom in pair)
        taken = any(order > 1 for atom in pair for order in molecule.orders(atom))
        if room and not taken and chooser.random() < 0.6:
            straight = room > 1 and not molecule.in_rings & set(pair)  # a triple bond does not bend into a ring
            molecule.bonds[pair] += 2 if straight and chooser.random() < 0.15 else 1


def molecules(count: int, seed: int = 0, smallest: int = 6, largest: int = 14) -> list[Molecule]:
    """`count` random molecules of `smallest` to `largest` heavy atoms."""
    chooser = random.Random(seed)
    return [draw_molecule(chooser, smallest, largest) for _ in range(count)]


def formula(molecule: Molecule) -> str:
    """The sum formula, hydrogens included, such as C4H6O."""
    counts = {element: molecule.atoms.count(element) for element in ELEMENTS}
    hydrogens = sum(molecule.free(atom) for atom in range(len(molecule.atoms)))
    named = {"C": counts["C"], "H": hydrogens, "F": counts["F"], "N": counts["N"], "O": counts["O"]}
    return "".join(f"{name}{number if number > 1 else ''}" for name, number in named.items() if number)


def targets(graphs: list[Graph]) -> Float[Tensor, " g"]:
    """The property of each graph."""
    return torch.cat([graph.y for graph in graphs])
