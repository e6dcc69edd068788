"""Girvan-Newman on the 84-node source graph to 9 communities: networkx, then the example beside this file, and the ratio.

cargo build --release --example communities
python tests/bench/communities.py [newman] [unweighted] [length]

Minutes for each weighting. Both sides run on one thread and are timed by what it ran, so that a busy machine does not matter. Needs networkx. The groups must be the same.
"""

import itertools
import json
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "golden"))
import networkx as nx
from girvan_newman import levels


def sources(institutions):
    """As in communities.rs."""

    def part(a, b, salt):
        low, high = min(a, b), max(a, b)
        return (low * 1_000_003 + high * 7919 + salt * 104_729) * 2_654_435_761 % 2**32 >> 12

    tasks = list(itertools.product(range(institutions), range(4), range(3)))
    name = lambda task: f"{task[0]:02}-m{task[1]}-o{task[2]}"
    graph = nx.Graph()
    graph.add_nodes_from(map(name, tasks))
    for v, u in itertools.product(range(len(tasks)), repeat=2):
        (i, m, o), (j, n, p) = tasks[u], tasks[v]
        if u < v and (m == n or o == p):
            image = 100_000 + part(i * 4 + m, j * 4 + n, 1)
            label = 50_000 + part(i * 3 + o, j * 3 + p, 2) // 2
            graph.add_edge(name(tasks[u]), name(tasks[v]), length=(image + label) / 2**20)
    return graph


ours = {}
for line in subprocess.check_output(["target/release/examples/communities"], text=True).splitlines():
    found = json.loads(line)
    ours[found["weight"]] = found
print(f"networkx {nx.__version__}, Python {sys.version.split()[0]}")
for weighting in sys.argv[1:] or ["newman", "unweighted", "length"]:
    graph, found = sources(7), ours[weighting]
    assert (len(graph), graph.size()) == (found["nodes"], found["edges"])
    start = time.process_time()
    groups = levels(graph, weighting, 9)[-1]["groups"]
    seconds = time.process_time() - start
    assert groups == found["groups"], weighting
    print(
        f"{weighting:10}  networkx {seconds:7.1f} s   seqtran {1e3 * found['seconds']:7.2f} ms   "
        f"{seconds / found['seconds']:7.0f} times faster, the same {len(groups)} groups",
        flush=True,
    )
