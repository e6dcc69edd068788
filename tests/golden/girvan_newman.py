"""Girvan-Newman by networkx, with METHOD's weightings and tie rule."""

import networkx as nx


def most_valuable_edge(weighting):
    def choose(graph):
        if weighting == "length":
            values = nx.edge_betweenness_centrality(graph, normalized=False, weight="length")
        else:
            values = nx.edge_betweenness_centrality(graph, normalized=False)
        values = {tuple(sorted(edge)): value for edge, value in values.items()}
        if weighting == "newman":
            values = {(u, v): value / (1 / (1 + graph.edges[u, v]["length"])) for (u, v), value in values.items()}
        top = max(values.values())
        return min(edge for edge, value in values.items() if value >= top * (1 - 1e-9))

    return choose


def levels(graph, weighting, most):
    """From the connected components to at most `most` communities: groups and modularity."""
    weighted = graph.copy()
    for _, _, data in weighted.edges(data=True):
        data["similarity"] = 1.0 if weighting == "unweighted" else 1 / (1 + data["length"])
    found = [tuple(nx.connected_components(graph))]
    if graph.size() == 0:
        return [{"groups": sorted(sorted(group) for group in found[0]), "modularity": 0.0}]
    # The generator of networkx begins at its first split.
    for level in nx.community.girvan_newman(graph, most_valuable_edge(weighting)):
        if len(level) > most:
            break
        found.append(level)
    return [
        {
            "groups": sorted(sorted(group) for group in level),
            "modularity": nx.community.modularity(weighted, level, weight="similarity"),
        }
        for level in found
    ]
