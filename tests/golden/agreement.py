"""Adjusted Rand indices by scikit-learn; Louvain's modularity by networkx; spectral clusters by scikit-learn.

python agreement.py > agreement.json
"""

import json
import random
import statistics

import networkx as nx
import numpy as np
import sklearn
from sklearn.cluster import SpectralClustering
from sklearn.metrics import adjusted_rand_score

draw = random.Random(3)


def pair(nodes, a, b):
    x = [draw.randrange(a) for _ in range(nodes)]
    y = [draw.randrange(b) if draw.random() < 0.5 else x[node] for node in range(nodes)]
    return {"a": x, "b": y, "adjusted_rand": adjusted_rand_score(x, y)}


def edges(graph):
    graph = nx.convert_node_labels_to_integers(graph, ordering="sorted")
    return [[f"n{u:02}", f"n{v:02}"] for u, v in graph.edges()]


def louvain(name, graph):
    """Modularity over 51 orders of the nodes, all edges alike."""
    found = [
        nx.community.modularity(graph, nx.community.louvain_communities(graph, weight=None, seed=seed), weight=None)
        for seed in range(51)
    ]
    return {"name": name, "edges": edges(graph), "median": statistics.median(found), "best": max(found)}


def spectral(name, graph, k):
    graph = nx.convert_node_labels_to_integers(graph, ordering="sorted")
    matrix = nx.to_numpy_array(graph, weight=None)
    found = SpectralClustering(k, affinity="precomputed", random_state=0, n_init=50).fit_predict(matrix)
    groups = [[f"n{node:02}" for node in np.flatnonzero(found == number)] for number in range(k)]
    return {"name": name, "edges": edges(graph), "groups": sorted(groups)}


print(
    json.dumps(
        {
            "versions": {"networkx": nx.__version__, "scikit-learn": sklearn.__version__},
            "pairs": [pair(nodes, a, b) for nodes in [5, 12, 40] for a, b in [(1, 3), (2, 2), (3, 5), (6, 4)]],
            "louvain": [
                louvain("karate club", nx.karate_club_graph()),
                louvain("les miserables", nx.les_miserables_graph()),
                louvain("random", nx.gnp_random_graph(40, 0.2, seed=8)),
                louvain("caveman", nx.connected_caveman_graph(6, 6)),
            ],
            "spectral": [
                spectral("karate club", nx.karate_club_graph(), 2),
                spectral("caveman", nx.connected_caveman_graph(6, 6), 6),
                spectral("barbell", nx.barbell_graph(7, 0), 2),
                spectral("planted", nx.planted_partition_graph(4, 10, 0.8, 0.1, seed=5), 4),
            ],
        },
        separators=(",", ":"),
    )
)
