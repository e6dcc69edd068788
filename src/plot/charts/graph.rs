//! The clustered source graph: clusters as coloured islands, sizes by cases, representatives ringed, the path bold.

use crate::base::error::{Kind, Result};
use crate::base::math::hypot;
use crate::base::progress::Monitor;
use crate::plot::chart::Chart;
use crate::plot::color::{Color, WHITE, palette};
use crate::plot::figure::Figure;
use crate::plot::font::plain;
use crate::plot::islands::{Islands, islands};
use crate::plot::labels::{self, Wish};
use crate::plot::legend::{self, Entry, Key};
use crate::plot::number::{extent, fixed, short};
use crate::plot::scene::{Mark, Point, Rect, Scene, Words};
use crate::plot::shorten::shortened;
use crate::plot::{arrows, blocks, spring, style};

/// A task.
#[derive(Debug, Clone)]
pub struct GraphNode {
    /// Its name.
    pub name: String,
    /// Its number of cases, drawn as its area.
    pub size: f64,
    /// Its cluster, counted from 0; a target has none.
    pub cluster: Option<usize>,
    /// Whether it stands for its cluster.
    pub representative: bool,
}

/// An edge with its length: lower is closer.
#[derive(Debug, Clone, Copy)]
pub struct GraphEdge {
    /// One end, an index of `nodes`.
    pub from: usize,
    /// The other end.
    pub to: usize,
    /// How far apart they are; one that is not finite counts as the longest.
    pub length: f64,
}

/// Nodes, edges, and a path through them.
#[derive(Debug, Clone)]
pub struct ClusterGraph {
    /// Tasks.
    pub nodes: Vec<GraphNode>,
    /// Undirected edges.
    pub edges: Vec<GraphEdge>,
    /// Nodes of the chosen path in order, the target last; may be empty.
    pub path: Vec<usize>,
    /// The node drawn as a diamond.
    pub target: Option<usize>,
    /// Pairs that a filter dropped: drawn dotted where they are few, and counted in the legend.
    pub dropped: Vec<(usize, usize)>,
    /// What sizes count, such as `cases`.
    pub unit: String,
}

/// More dropped pairs than this would only grey the picture.
const MOST_DOTTED: usize = 120;
/// With more nodes than this, names need the room that nodes and the space between clusters have in smaller graphs.
const FEW: usize = 24;
const PATH: Color = Color::hex(0x1a_1a1a);
const TARGET: Color = Color::hex(0xd0_1c1c);
const LEADER: Color = Color::hex(0x44_4444);

impl ClusterGraph {
    /// As a figure.
    ///
    /// # Errors
    /// When there is no node, or an edge, the path or the target names a node that is not there.
    pub fn figure(self) -> Result<Figure> {
        Figure::new(self)
    }

    fn color(&self, node: usize) -> Color {
        match self.nodes[node].cluster {
            Some(cluster) => palette(cluster),
            None if self.target == Some(node) => TARGET,
            None => Color::hex(0x8c_8c8c),
        }
    }

    fn clusters(&self) -> Vec<usize> {
        let mut all: Vec<usize> = self.nodes.iter().filter_map(|n| n.cluster).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Radii of nodes: areas grow with sizes.
    fn radii(&self, area: Rect) -> Vec<f64> {
        let share = if self.nodes.len() > FEW { 0.12 } else { 0.15 };
        let largest = (share * (area.w * area.h / self.nodes.len() as f64).sqrt()).clamp(5.0, 23.0);
        let most = extent(self.nodes.iter().map(|n| n.size)).map_or(1.0, |r| r.1).max(1e-9);
        let share = |n: &GraphNode| if n.size.is_finite() { (n.size / most).clamp(0.0, 1.0).sqrt() } else { 0.0 };
        let mut radii: Vec<f64> = self.nodes.iter().map(|n| largest * (0.42 + 0.58 * share(n))).collect();
        if let Some(target) = self.target {
            radii[target] = radii[target].max(largest * 0.85);
        }
        radii
    }

    fn legend(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for cluster in self.clusters() {
            let count = self.nodes.iter().filter(|n| n.cluster == Some(cluster)).count();
            entries.push(Entry::new(&format!("cluster {cluster} ({count})"), Key::Disc(palette(cluster))));
        }
        if self.nodes.iter().any(|n| n.representative) {
            entries.push(Entry::new("representative", Key::Ring(Color::hex(0xb0_b0b0))));
        }
        if self.target.is_some() {
            entries.push(Entry::new("target", Key::Diamond(TARGET)));
        }
        if self.path.len() > 1 {
            entries.push(Entry::new("chosen path", Key::Arrow(PATH)));
        }
        if !self.dropped.is_empty() {
            let sources = self.nodes.len() - usize::from(self.target.is_some());
            let (gone, all) = (self.dropped.len(), sources * (sources - 1) / 2);
            let drawn = gone <= MOST_DOTTED;
            let text =
                format!("{gone} of {all} pairs dropped by the filter{}", if drawn { "" } else { " (not drawn)" });
            entries.push(Entry::new(&text, Key::Line(Color::hex(0xb0_b0b0), true)));
        }
        if let Some((low, high)) = extent(self.nodes.iter().map(|n| n.size)).filter(|r| r.0 < r.1) {
            let number = |v: f64| if v.fract() == 0.0 { fixed(v, 0) } else { short(v) };
            let text = format!("area: {} to {} {}", number(low), number(high), plain(&self.unit));
            entries.push(Entry::new(&text, Key::Disc(Color::hex(0xb0_b0b0))));
        }
        entries
    }
}

impl Chart for ClusterGraph {
    fn check(&self) -> Result<()> {
        let count = self.nodes.len();
        crate::ensure!(count > 0, Kind::Data, "a graph needs at least one node, got none");
        crate::ensure!(count <= 2000, Kind::Data, "a graph of at most 2000 nodes can be drawn, got {count}");
        let ends = self.edges.iter().flat_map(|e| [e.from, e.to]);
        let dropped = self.dropped.iter().flat_map(|pair| [pair.0, pair.1]).map(|n| ("a dropped edge", n));
        for (what, node) in
            ends.map(|n| ("an edge", n)).chain(dropped).chain(self.path.iter().map(|n| ("the path", *n)))
        {
            crate::ensure!(node < count, Kind::Data, "{what} names node {node}, got {count} nodes");
        }
        if let Some(target) = self.target {
            crate::ensure!(target < count, Kind::Data, "the target is node {target}, got {count} nodes");
        }
        Ok(())
    }

    fn natural_size(&self) -> (f64, f64) {
        let wide = if self.nodes.len() > 40 { 105.0 } else { 80.0 };
        let width = (560.0 + wide * (self.nodes.len() as f64).sqrt()).clamp(640.0, 1800.0);
        (width, width * 0.74)
    }

    fn least_size(&self) -> (f64, f64) {
        let width = (300.0 + 70.0 * (self.nodes.len() as f64).sqrt()).clamp(420.0, 1300.0);
        (width, width * 0.74)
    }

    fn draw(&self, scene: &mut Scene, area: Rect, monitor: &Monitor) -> Result<()> {
        let legend_height = legend::height(scene, &self.legend(), area.w);
        legend::draw(scene, Rect::new(area.x, area.y, area.w, legend_height), &self.legend());
        let area = area.inset(0.0, legend_height + 4.0, 0.0, 0.0);
        let radii = self.radii(area);
        let size = (area.w.min(area.h * 1.3) / (self.nodes.len() as f64).sqrt() * 0.088).clamp(8.0, style::LABEL);
        let size = if self.nodes.len() > 40 { size.min(11.5) } else { size };
        let spread = Islands {
            groups: self.nodes.iter().map(|n| n.cluster).collect(),
            radii: radii.clone(),
            edges: self.edges.iter().map(|e| (e.from, e.to, e.length)).collect(),
            gap: size * 2.6,
            spread: if self.nodes.len() > FEW { 1.5 } else { 4.0 },
        };
        // Names hang over the outermost nodes.
        let inner = area.inset(size * 4.2, size * 2.6, size * 4.2, size * 2.6);
        let places = islands(&spread, inner, monitor)?;

        for cluster in self.clusters() {
            let members: Vec<usize> =
                (0..self.nodes.len()).filter(|i| self.nodes[*i].cluster == Some(cluster)).collect();
            let (centers, sizes): (Vec<Point>, Vec<f64>) = members.iter().map(|i| (places[*i], radii[*i])).unzip();
            let mut outline = spring::halo(&centers, &sizes, size * 0.75);
            scene.add(Mark::Polygon(outline.clone(), palette(cluster).alpha(0.13)));
            outline.extend(outline.first().copied());
            scene.add(Mark::Line(outline, 1.2, palette(cluster).toward(WHITE, 0.45)));
        }
        self.lines(scene, &places);
        let ways = self.ways(area, &places, &radii);
        self.path_arrows(scene, &ways, &radii);
        for (i, place) in places.iter().enumerate() {
            self.node(scene, i, *place, radii[i]);
        }
        self.names(scene, area, (&places, &radii, &ways), size, monitor)
    }

    fn text(&self, columns: usize) -> String {
        let mut out = String::new();
        let mark = |i: usize| if self.nodes[i].representative { "*" } else { "" };
        let groups = self.clusters().into_iter().map(Some).chain([None]);
        for group in groups {
            let members: Vec<usize> = (0..self.nodes.len()).filter(|i| self.nodes[*i].cluster == group).collect();
            if members.is_empty() {
                continue;
            }
            let title = group.map_or("no cluster".to_owned(), |g| format!("cluster {g}"));
            let names: Vec<String> =
                members.iter().map(|i| format!("{}{}", plain(&self.nodes[*i].name), mark(*i))).collect();
            let line = format!("{title} ({})  {}", members.len(), names.join(" "));
            let length = line.chars().count();
            out.push_str(blocks::fit(&line, columns.min(length)).trim_end());
            out.push('\n');
        }
        if self.path.len() > 1 {
            let names: Vec<String> = self.path.iter().map(|i| plain(&self.nodes[*i].name)).collect();
            out.push_str(&format!("path  {}\n", names.join(" -> ")));
        }
        out
    }

    fn describe(&self) -> String {
        let (nodes, edges, clusters) = (self.nodes.len(), self.edges.len(), self.clusters().len());
        format!("graph  {nodes} nodes, {edges} edges, {clusters} clusters")
    }
}

impl ClusterGraph {
    /// Edges: the shorter, the darker; the more there are, the fainter all.
    fn lines(&self, scene: &mut Scene, places: &[Point]) {
        let (low, high) = extent(self.edges.iter().map(|e| e.length)).unwrap_or((0.0, 1.0));
        if self.dropped.len() <= MOST_DOTTED {
            for &(from, to) in &self.dropped {
                scene.dashes(places[from], places[to], 0.8, Color::hex(0x99_9999).alpha(0.35));
            }
        }
        let strong = (26.0 / self.edges.len().max(1) as f64).sqrt().clamp(0.14, 0.75);
        for edge in self.edges.iter().filter(|e| e.from != e.to) {
            let far = if high > low && edge.length.is_finite() { (edge.length - low) / (high - low) } else { 0.5 };
            let same =
                self.nodes[edge.from].cluster.is_some() && self.nodes[edge.from].cluster == self.nodes[edge.to].cluster;
            let color = if same { self.color(edge.from) } else { Color::hex(0x55_5555) };
            let alpha = strong * (1.0 - 0.75 * far) * if same { 1.0 } else { 0.55 };
            scene.line(places[edge.from], places[edge.to], if same { 1.2 } else { 0.9 }, color.alpha(alpha));
        }
    }

    /// How large a node is drawn, with its ring.
    fn drawn(&self, node: usize, radii: &[f64]) -> f64 {
        radii[node] * if self.target == Some(node) { 1.25 } else { 1.0 }
            + if self.nodes[node].representative { 4.5 } else { 0.0 }
    }

    /// Steps of the path that are drawn.
    fn steps(&self) -> impl Iterator<Item = (usize, usize)> {
        self.path.windows(2).map(|pair| (pair[0], pair[1])).filter(|step| step.0 != step.1)
    }

    /// The way of each step, round the nodes that it has nothing to do with.
    fn ways(&self, area: Rect, places: &[Point], radii: &[f64]) -> Vec<Vec<Point>> {
        let way = |(from, to): (usize, usize)| {
            let others = (0..self.nodes.len()).filter(|i| *i != from && *i != to);
            let discs: Vec<(Point, f64)> = others.map(|i| (places[i], self.drawn(i, radii))).collect();
            arrows::way(places[from], places[to], &discs, area)
        };
        self.steps().map(way).collect()
    }

    fn path_arrows(&self, scene: &mut Scene, ways: &[Vec<Point>], radii: &[f64]) {
        for ((from, to), way) in self.steps().zip(ways) {
            let ring = if self.target == Some(to) { 4.0 } else { 5.5 };
            let shaft = arrows::trimmed(way, radii[from], radii[to] + ring + 13.0);
            let head = arrows::trimmed(way, radii[from], radii[to] + ring);
            let (base, mut tip) = (shaft[shaft.len() - 1], head[head.len() - 1]);
            let end = way[way.len() - 1];
            let toward = if hypot(tip.0 - base.0, tip.1 - base.1) > 1e-6 { tip } else { end };
            let length = hypot(toward.0 - base.0, toward.1 - base.1).max(1e-9);
            let unit = ((toward.0 - base.0) / length, (toward.1 - base.1) / length);
            if hypot(tip.0 - base.0, tip.1 - base.1) < 4.0 {
                tip = (base.0 + unit.0 * 4.0, base.1 + unit.1 * 4.0);
            }
            scene.add(Mark::Line(shaft.clone(), 7.0, WHITE));
            let mut line = shaft;
            line.push((base.0 + unit.0, base.1 + unit.1));
            scene.add(Mark::Line(line, 3.6, PATH));
            let wing = |w: f64| (base.0 - unit.1 * w, base.1 + unit.0 * w);
            scene.add(Mark::Polygon(vec![tip, wing(7.0), wing(-7.0)], PATH));
        }
    }

    fn node(&self, scene: &mut Scene, i: usize, at: Point, radius: f64) {
        let color = self.color(i);
        if self.target == Some(i) {
            let diamond = |r: f64| vec![(at.0, at.1 - r), (at.0 + r, at.1), (at.0, at.1 + r), (at.0 - r, at.1)];
            scene.add(Mark::Polygon(diamond(radius * 1.25 + 2.0), WHITE));
            scene.add(Mark::Polygon(diamond(radius * 1.25), color));
            return;
        }
        if self.nodes[i].representative {
            scene.add(Mark::Disc(at, radius + 4.4, style::INK));
            scene.add(Mark::Disc(at, radius + 2.4, WHITE));
        } else {
            scene.add(Mark::Disc(at, radius + 1.3, WHITE));
        }
        scene.add(Mark::Disc(at, radius, color));
    }

    /// Names: the target's, the path's, the representatives', then the larger nodes' first.
    fn names(
        &self,
        scene: &mut Scene,
        area: Rect,
        (places, radii, ways): (&[Point], &[f64], &[Vec<Point>]),
        size: f64,
        monitor: &Monitor,
    ) -> Result<()> {
        let step = |i: usize| self.path.iter().position(|p| *p == i);
        let rank = |i: usize| (self.target != Some(i), step(i).is_none(), !self.nodes[i].representative);
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.sort_by(|a, b| rank(*a).cmp(&rank(*b)).then(radii[*b].total_cmp(&radii[*a])).then(a.cmp(b)));
        let names: Vec<String> = order.iter().map(|&i| plain(&self.nodes[i].name)).collect();
        let look = |i: usize| {
            let important = self.target == Some(i) || step(i).is_some();
            let words = Words::new(places[i], "", if important { (size * 1.12).max(11.0) } else { size }, style::INK);
            if important || self.nodes[i].representative { words.bold() } else { words }
        };
        let looks: Vec<Words> = order.iter().map(|&i| look(i)).collect();
        // A few long names have the room that many have not.
        let room = if self.nodes.len() > 40 { 190.0_f64.min(area.w * 0.4) } else { area.w * 0.55 };
        let fits = |at: usize, text: &str| scene.fonts.width(text, looks[at].size, looks[at].weight) <= room;
        let texts = shortened(&names, fits);
        let wish = |((&i, look), text): ((&usize, Words), String)| {
            let radius = self.drawn(i, radii);
            Wish { words: Words { text, ..look }, center: places[i], radius }
        };
        let wishes: Vec<Wish> = order.iter().zip(looks.clone()).zip(texts).map(wish).collect();
        let ground = labels::Ground { area, lines: ways };
        let placed = labels::placed(scene, &wishes, &ground, monitor)?;
        for (from, to) in placed.iter().filter_map(|name| name.leader) {
            scene.line(from, to, 2.6, WHITE.alpha(0.7));
            scene.line(from, to, 0.9, LEADER);
        }
        for name in placed {
            let bounds = name.bounds;
            scene.fill(bounds.inset(0.0, bounds.h * 0.1, 0.0, 0.0), WHITE.alpha(0.6));
            scene.words(name.words);
        }
        Ok(())
    }
}
