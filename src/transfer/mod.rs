//! From costs to a path: source graph, representatives, best path.
