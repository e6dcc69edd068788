"""Communities of well-known and of made graphs, by networkx.

python communities.py > communities.json
"""

import itertools
import json
import random

import networkx as nx
from girvan_newman import levels


def named(graph, length):
    """Names that sort as text in the nodes' order; a length on each edge."""
    graph = nx.convert_node_labels_to_integers(graph, ordering="sorted", label_attribute="old")
    out = nx.Graph()
    out.add_nodes_from(f"n{node:02}" for node in graph)
    for u, v, data in graph.edges(data=True):
        out.add_edge(f"n{u:02}", f"n{v:02}", length=float(length(u, v, data)))
    return out


def sources(institutions, modalities, objectives):
    """A source graph after the edge filter: T is an image part plus an objective part, in 64ths so that ties are exact."""
    draw = random.Random(5)
    image, label = {}, {}
    tasks = list(itertools.product(institutions, modalities, objectives))
    graph = nx.Graph()
    graph.add_nodes_from("-".join(task) for task in tasks)
    for a, b in itertools.combinations(tasks, 2):
        h = image.setdefault(frozenset([a[:2], b[:2]]), draw.randrange(8, 64) / 64)
        r = label.setdefault(frozenset([(a[0], a[2]), (b[0], b[2])]), draw.randrange(4, 32) / 64)
        if a[1] == b[1] or a[2] == b[2]:
            graph.add_edge("-".join(a), "-".join(b), length=h + r)
    return graph


def some(found):
    """The first levels and the last: the rest lie between them."""
    return found[:6] + found[6:][-1:]


draw = random.Random(11)
uniform = lambda u, v, data: draw.uniform(0.1, 2.0)
eighths = lambda u, v, data: draw.randrange(1, 9) / 8
one = lambda u, v, data: 1.0
graphs = [
    ("karate club", named(nx.karate_club_graph(), one), 34),
    ("karate club by contacts", named(nx.karate_club_graph(), lambda u, v, data: 8 - data["weight"]), 34),
    ("les miserables", named(nx.les_miserables_graph(), lambda u, v, data: 32 - data["weight"]), 20),
    ("path", named(nx.path_graph(7), one), 7),
    ("path with lengths", named(nx.path_graph(9), eighths), 9),
    ("cycle", named(nx.cycle_graph(8), one), 8),
    ("barbell", named(nx.barbell_graph(5, 2), eighths), 12),
    ("complete", named(nx.complete_graph(6), uniform), 6),
    ("two parts", named(nx.disjoint_union(nx.complete_graph(4), nx.cycle_graph(5)), eighths), 9),
    ("no edges", named(nx.empty_graph(3), one), 3),
    ("random", named(nx.gnp_random_graph(24, 0.25, seed=3), uniform), 24),
    ("random with ties", named(nx.gnp_random_graph(20, 0.3, seed=4), eighths), 20),
    ("sources", sources(["01", "06", "18"], ["FLAIR", "T1", "T2"], ["ED", "ET", "NCR"]), 9),
]
print(
    json.dumps(
        [
            {
                "name": name,
                "nodes": list(graph),
                "edges": [[u, v, data["length"]] for u, v, data in graph.edges(data=True)],
                "levels": {weighting: some(levels(graph, weighting, most)) for weighting in ["newman", "unweighted", "length"]},
            }
            for name, graph, most in graphs
        ],
        separators=(",", ":"),
    )
)
