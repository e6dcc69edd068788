//! Every chart, drawn: PNG and SVG agree with the promises of a figure, and hostile data are errors, never panics.
#![allow(clippy::unwrap_used)]

use seqtran::base::error::Kind;
use seqtran::base::progress::{Cancel, Display, Monitor};
use seqtran::plot::arrows::gap;
use seqtran::plot::charts::bars::{Bar, BarSeries, Bars};
use seqtran::plot::charts::curve::{Boundary, CurvePanel, Curves, Series};
use seqtran::plot::charts::graph::{ClusterGraph, GraphEdge, GraphNode};
use seqtran::plot::charts::heatmap::{Direction, HeatPanel, Heatmap};
use seqtran::plot::charts::rows::{Row, Rows};
use seqtran::plot::charts::slice::{SlicePanel, Slices};
use seqtran::plot::figure::Figure;
use seqtran::plot::scene::{Mark, Turn};
use seqtran::plot::tree::Join;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn calm() -> Monitor {
    Monitor::silent()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("{:02}-T1ce-N{}", i / 3, i % 3)).collect()
}

fn panel(rows: usize, columns: usize) -> HeatPanel {
    HeatPanel {
        title: "T  transfer cost".into(),
        rows: names(rows),
        columns: names(columns),
        values: (0..rows * columns).map(|i| (i as f64 * 0.37).sin()).collect(),
        label: "cost".into(),
        direction: Direction::LowerIsCloser,
        marked: vec![(0, 0), (900, 900)],
        tree: Vec::new(),
    }
}

fn bars(groups: usize, series: usize) -> Bars {
    let bar = |i: usize| Bar {
        value: 0.3 + 0.05 * (i % 11) as f64,
        interval: Some((0.25, 0.75)),
        dots: vec![0.2, 0.9, f64::NAN, f64::INFINITY],
    };
    let one = |s: usize| BarSeries { name: format!("metric {s}"), bars: (0..groups).map(|g| bar(g + s)).collect() };
    Bars { groups: names(groups), series: (0..series).map(one).collect(), label: "Dice".into(), decimals: 3 }
}

fn curves(points: usize, panels: usize) -> Curves {
    let line =
        |k: usize| (0..points).map(move |i| (i as f64, if i % 17 == 16 { f64::NAN } else { (i * k) as f64 * 0.01 }));
    let series = |k: usize| Series { name: format!("series {k}"), points: line(k).collect(), dashed: k == 2 };
    let panel = |i: usize| CurvePanel { label: format!("loss {i}"), series: (1..4).map(series).collect(), range: None };
    let boundary = |i: usize| Boundary { at: (i * i) as f64, name: format!("0{i}-T1ce-NCR") };
    let boundaries = (0..4).map(boundary).chain([Boundary { at: f64::NAN, name: "nowhere".into() }]);
    Curves { panels: (0..panels).map(panel).collect(), label: "step".into(), boundaries: boundaries.collect() }
}

fn slice(columns: usize, rows: usize) -> SlicePanel {
    let mask = |of: usize| Some((0..columns * rows).map(|i| i % of == 0).collect());
    SlicePanel {
        title: "sequential".into(),
        caption: "Dice 0.83".into(),
        columns,
        rows,
        values: (0..columns * rows).map(|i| if i == 3 { f64::NAN } else { (i % 50) as f64 }).collect(),
        spacing: (1.0, 2.5),
        truth: mask(7),
        prediction: mask(5),
    }
}

fn slices(panels: Vec<SlicePanel>, smooth: bool) -> Slices {
    Slices { panels, smooth, window: (0.01, 0.99), alike: false }
}

fn graph(nodes: usize, clusters: usize) -> ClusterGraph {
    let node = |(i, name): (usize, String)| GraphNode {
        name,
        size: if i == 2 { f64::NAN } else { (i * 5 % 61) as f64 },
        cluster: (i > 0).then_some(i % clusters),
        representative: i % 9 == 1,
    };
    let pairs = (0..nodes).flat_map(|i| (i + 1..nodes).map(move |j| (i, j))).filter(|(i, j)| (i + j) % 2 == 0);
    let length = |i: usize, j: usize| if i == 3 { f64::INFINITY } else { (i * j % 7) as f64 };
    let edges = pairs.map(|(from, to)| GraphEdge { from, to, length: length(from, to) }).collect();
    let path = if nodes > 2 { vec![1, 2, 0] } else { vec![] };
    let dropped =
        (0..nodes).flat_map(|i| (i + 1..nodes).map(move |j| (i, j))).filter(|(i, j)| (i + j) % 2 == 1).collect();
    let nodes = names(nodes).into_iter().enumerate().map(node).collect();
    ClusterGraph { nodes, edges, dropped, path, target: Some(0), unit: "cases".into() }
}

/// Each joined to those before it.
fn tree(columns: usize) -> Vec<Join> {
    let first = |i: usize| if i == 0 { 0 } else { columns + i - 1 };
    (0..columns - 1).map(|i| Join { a: first(i), b: i + 1, height: i as f64 + 0.5 }).collect()
}

fn rows(count: usize, series: usize, sign: f64) -> Rows {
    let parts =
        |i: usize| (0..2 * series).map(move |k| (k % series, sign * (0.1 + (i * k % 5) as f64))).chain([(0, f64::NAN)]);
    let row = |i: usize| Row {
        name: names(count + 2)[i..i + 3].join(" -> "),
        parts: parts(i).collect(),
        interval: (i.is_multiple_of(2)).then_some((0.2, 3.0)),
        bold: i == 0,
    };
    let series = (0..series).map(|i| format!("series {i}")).collect();
    Rows { rows: (0..count).map(row).collect(), series, label: "cost, lower is better".into(), decimals: 3 }
}

/// Figures of every chart, from one value to the largest we promise, with words that must be found in them.
fn figures() -> Vec<(&'static str, Figure, Vec<&'static str>)> {
    let mut holes = panel(4, 5);
    holes.values[3] = f64::NAN;
    holes.values[7] = f64::INFINITY;
    let mut flat = panel(3, 3);
    flat.values.fill(0.25);
    let mut long = panel(2, 2);
    long.rows[0] = "a very long name <of> an institution & its modality, ".repeat(4);
    let mut trees = vec![panel(1, 1), panel(4, 4), panel(28, 28)];
    trees.iter_mut().for_each(|panel| panel.tree = tree(panel.columns.len()));
    vec![
        ("trees", Heatmap { panels: trees }.figure().unwrap(), vec!["09-T1ce-N0"]),
        (
            "rows",
            rows(10, 2, 1.0).figure().unwrap(),
            vec!["series 1", "00-T1ce-N0 -&gt; 00-T1ce-N1", "lower is better"],
        ),
        ("below zero", rows(3, 2, -1.0).figure().unwrap(), vec!["series 0"]),
        ("one row", rows(1, 1, 1.0).figure().unwrap(), vec!["00-T1ce-N2"]),
        ("one cell", Heatmap { panels: vec![panel(1, 1)] }.figure().unwrap(), vec!["00-T1ce-N0", "lower is closer"]),
        ("holes", Heatmap { panels: vec![holes, panel(3, 2)] }.figure().unwrap(), vec!["no value"]),
        ("one value", Heatmap { panels: vec![flat] }.figure().unwrap(), vec!["0.25"]),
        ("long names", Heatmap { panels: vec![long] }.figure().unwrap(), vec!["&amp;", "00-T1ce-N1"]),
        ("large", Heatmap { panels: vec![panel(105, 105)] }.figure().unwrap(), vec!["34-T1ce-N2"]),
        ("bars", bars(3, 2).figure().unwrap(), vec!["metric 1", "Dice", "00-T1ce-N2", "0.350"]),
        ("one bar", bars(1, 1).figure().unwrap(), vec!["0.300"]),
        ("curves", curves(100, 2).figure().unwrap(), vec!["series 3", "loss 1", "step", "03-T1ce-NCR"]),
        ("one point", curves(1, 1).figure().unwrap(), vec!["loss 0"]),
        ("slices", slices(vec![slice(24, 24), slice(30, 10)], true).figure().unwrap(), vec![" mm", "data:image/png"]),
        ("boxes", slices((1..7).map(|i| slice(9 * i, 12)).collect(), false).figure().unwrap(), vec!["sequential"]),
        ("one pixel", slices(vec![slice(1, 1)], true).figure().unwrap(), vec!["Dice 0.83", "truth"]),
        ("graph", graph(9, 3).figure().unwrap(), vec!["00-T1ce-N1", "cluster 2", "chosen path", "representative"]),
        ("large graph", graph(85, 9).figure().unwrap(), vec!["00-T1ce-N0", "cluster 8"]),
        ("one node", graph(1, 1).figure().unwrap(), vec!["00-T1ce-N0", "target"]),
        ("many bars", bars(21, 3).figure().unwrap(), vec!["metric 2"]),
    ]
}

/// Width, height and pixels of a PNG.
pub(crate) fn decoded(bytes: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(bytes).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size()];
    let info = reader.next_frame(&mut pixels).unwrap();
    (info.width, info.height, pixels)
}

#[test]
fn a_png_has_the_size_it_says_and_is_not_blank() {
    for (name, figure, _) in figures() {
        let (width, height) = figure.pixels().unwrap();
        let (w, h, pixels) = decoded(&figure.png(&calm()).unwrap());
        assert_eq!((w, h), (width, height), "{name}");
        let colors: BTreeSet<&[u8]> = pixels.chunks(3).collect();
        assert!(colors.len() > 20, "{name} has {} colours", colors.len());
        assert_eq!(&pixels[..3], [255, 255, 255], "{name}: the corner is white");
    }
}

#[test]
fn a_figure_is_the_same_bytes_every_time() {
    for (name, figure, _) in figures() {
        assert!(figure.png(&calm()).unwrap() == figure.clone().png(&calm()).unwrap(), "{name}");
        assert!(figure.svg(&calm()).unwrap() == figure.svg(&calm()).unwrap(), "{name}");
    }
}

#[test]
fn an_svg_holds_its_words_as_text() {
    for (name, figure, words) in figures() {
        let svg = figure.title("A & B <title>").svg(&calm()).unwrap();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && svg.contains("DejaVu Sans"), "{name}");
        assert!(svg.contains("A &amp; B &lt;title&gt;"), "{name}");
        assert_eq!(svg.matches("<svg").count(), 1, "{name}");
        for word in words {
            assert!(svg.contains(word), "{name} lacks {word}");
        }
    }
}

#[test]
fn no_word_leaves_the_picture_and_no_two_words_overlap() {
    for (name, figure, _) in figures() {
        let (width, height) = figure.pixels().unwrap();
        for (w, h) in [(width, height), (width / 2, height / 2), (width + 300, height + 100), (640, 480)] {
            let (w, h) = (w.clamp(64, 4096), h.clamp(64, 4096));
            let scene = figure.clone().title("The title of a figure").scene(w, h, &calm()).unwrap();
            let all = scene.area();
            let words: Vec<_> =
                scene.marks.iter().filter_map(|m| if let Mark::Words(w) = m { Some(w) } else { None }).collect();
            let boxes: Vec<_> = words.iter().map(|w| scene.bounds(w)).collect();
            for (word, b) in words.iter().zip(&boxes) {
                let inside = b.x >= -0.5 && b.y >= -0.5 && b.right() <= all.w + 0.5 && b.bottom() <= all.h + 0.5;
                assert!(inside, "{name} {w}x{h}: `{}` at {b:?} leaves {all:?}", word.text);
            }
            // Ink keeps a fifth of the line free on both of its sides.
            let ink = |i: usize| match words[i].turn {
                Turn::Level => boxes[i].inset(0.0, boxes[i].h * 0.2, 0.0, boxes[i].h * 0.2),
                Turn::Up => boxes[i].inset(boxes[i].w * 0.2, 0.0, boxes[i].w * 0.2, 0.0),
            };
            for i in 0..boxes.len() {
                let covered = (i + 1..boxes.len()).find(|j| ink(i).overlaps(&ink(*j)));
                let other = covered.map_or("", |j| &words[j].text);
                assert!(covered.is_none(), "{name} {w}x{h}: `{}` and `{other}` overlap", words[i].text);
            }
        }
    }
}

#[test]
fn any_size_in_range_is_drawn_and_others_are_errors() {
    for (name, figure, _) in figures() {
        for (w, h) in [(64, 64), (64, 900), (1500, 64)] {
            assert_eq!(decoded(&figure.clone().size(w, h).png(&calm()).unwrap()).0, w, "{name}");
        }
        let error = figure.clone().size(0, 100).png(&calm()).unwrap_err();
        assert!(error.message().contains("64..=4096"), "{error}");
        assert!(figure.size(100, 1_000_000).svg(&calm()).is_err());
    }
}

#[test]
fn text_fits_the_columns() {
    for (name, figure, _) in figures() {
        for columns in [24, 40, 80, 200] {
            for line in figure.text(columns).lines() {
                assert!(line.chars().count() <= columns, "{name} at {columns}: {line}");
            }
        }
        assert_eq!(figure.describe().lines().count(), 1);
    }
}

#[test]
fn data_that_cannot_be_drawn_are_errors() {
    assert!(Heatmap { panels: vec![] }.figure().is_err());
    assert!(Heatmap { panels: vec![panel(0, 3)] }.figure().is_err());
    let mut short = panel(2, 2);
    short.values.pop();
    let error = Heatmap { panels: vec![short] }.figure().unwrap_err();
    assert!(error.message().contains("got 3 values instead of 4"), "{error}");
    let mut empty = panel(2, 2);
    empty.values.fill(f64::NAN);
    assert!(Heatmap { panels: vec![empty] }.figure().unwrap_err().message().contains("no finite value"));
    assert!(rows(0, 1, 1.0).figure().is_err());
    let mut odd = rows(2, 2, 1.0);
    odd.series.pop();
    assert!(odd.figure().unwrap_err().message().contains("series 1, got 1"));
    assert!(bars(0, 1).figure().is_err());
    assert!(bars(1, 0).figure().is_err());
    let mut uneven = bars(3, 1);
    uneven.groups.pop();
    assert!(uneven.figure().is_err());
    assert!(curves(0, 1).figure().is_err());
    assert!(curves(3, 0).figure().is_err());
    assert!(slices(vec![], true).figure().is_err());
    assert!(slices(vec![slice(0, 4)], true).figure().is_err());
    assert!(Slices { window: (0.9, 0.1), ..slices(vec![slice(4, 4)], true) }.figure().is_err());
    for spacing in [(0.0, 1.0), (1.0, f64::NAN), (-1.0, 1.0)] {
        assert!(slices(vec![SlicePanel { spacing, ..slice(4, 4) }], true).figure().is_err());
    }
    let error = slices(vec![SlicePanel { truth: Some(vec![true]), ..slice(4, 4) }], true).figure().unwrap_err();
    assert!(error.message().contains("got 1 values instead of 16"), "{error}");
    assert!(graph(0, 1).figure().is_err());
    assert!(ClusterGraph { path: vec![0, 9], ..graph(4, 2) }.figure().unwrap_err().message().contains("node 9, got 4"));
    assert!(ClusterGraph { target: Some(4), ..graph(4, 2) }.figure().is_err());
    let edges = vec![GraphEdge { from: 0, to: 7, length: 1.0 }];
    assert!(ClusterGraph { edges, ..graph(4, 2) }.figure().is_err());
}

#[test]
fn every_node_of_a_large_graph_is_named() {
    let figure = graph(85, 9).figure().unwrap();
    let (width, height) = figure.pixels().unwrap();
    let scene = figure.scene(width, height, &calm()).unwrap();
    let words: BTreeSet<&str> =
        scene.marks.iter().filter_map(|m| if let Mark::Words(w) = m { Some(w.text.as_str()) } else { None }).collect();
    let missing: Vec<String> = names(85).into_iter().filter(|n| !words.contains(n.as_str())).collect();
    assert!(missing.is_empty(), "without a name: {missing:?}");
}

#[test]
fn whole_numbers_have_whole_ticks() {
    let points = (1..19).map(|i| (f64::from(i), 0.1)).collect();
    let series = vec![Series { name: String::new(), points, dashed: false }];
    let panels = vec![CurvePanel { label: "modularity".into(), series, range: None }];
    let figure = Curves { panels, label: "communities".into(), boundaries: Vec::new() }.figure().unwrap();
    let scene = figure.scene(900, 400, &calm()).unwrap();
    let words =
        scene.marks.iter().filter_map(|mark| if let Mark::Words(words) = mark { Some(&words.text) } else { None });
    let across: Vec<&str> =
        words.map(String::as_str).filter(|text| text.parse::<f64>().is_ok_and(|x| x >= 1.0)).collect();
    assert_eq!(across, ["5", "10", "15"]);
}

/// A display that asks to stop at the n-th step, and counts the steps after it.
struct Stopper {
    cancel: Cancel,
    at: usize,
    steps: AtomicUsize,
}

impl Display for Stopper {
    fn begin(&self, _: u64, _: &str, _: u64) {}
    fn update(&self, _: u64, _: u64, _: &str) {
        if self.steps.fetch_add(1, Ordering::Relaxed) + 1 >= self.at {
            self.cancel.raise();
        }
    }
    fn end(&self, _: u64) {}
}

#[test]
fn a_stop_is_heard_while_nodes_and_names_are_placed_and_while_it_is_drawn() {
    let figure = graph(85, 4).figure().unwrap();
    let steps = |at: usize| {
        let stopper = Arc::new(Stopper { cancel: Cancel::new(), at, steps: AtomicUsize::new(0) });
        let monitor = Monitor::new(stopper.clone(), stopper.cancel.clone());
        let drawn = figure.png(&monitor);
        (drawn, stopper.steps.load(Ordering::Relaxed))
    };
    let (whole, all) = steps(usize::MAX);
    assert!(whole.is_ok() && all > 500, "{all} steps");
    for at in [1, all / 3, all / 2, all - 10, all - 1] {
        let (drawn, heard) = steps(at);
        assert_eq!(drawn.unwrap_err().kind(), Kind::Cancelled, "stopped at step {at} of {all}");
        assert_eq!(heard, at, "steps after a stop");
    }
    for (name, figure, _) in figures() {
        let monitor = calm();
        monitor.cancel().raise();
        assert_eq!(figure.png(&monitor).unwrap_err().kind(), Kind::Cancelled, "{name}");
        assert_eq!(figure.svg(&monitor).unwrap_err().kind(), Kind::Cancelled, "{name}");
    }
}

/// The words of a figure at its own size.
fn words(figure: &Figure) -> Vec<String> {
    let (width, height) = figure.pixels().unwrap();
    let marks = figure.scene(width, height, &calm()).unwrap().marks;
    marks.into_iter().filter_map(|mark| if let Mark::Words(words) = mark { Some(words.text) } else { None }).collect()
}

#[test]
fn different_names_are_different_in_a_figure() {
    let long =
        |i: usize| format!("a hospital with a very long name, department {i:02} of many, in a far country-FLAIR-ET");
    let count = 12;
    let mut heat = panel(count, count);
    (heat.rows, heat.columns) = ((0..count).map(long).collect(), (0..count).map(long).collect());
    let mut nodes = graph(count, 3);
    nodes.nodes.iter_mut().enumerate().for_each(|(i, node)| node.name = long(i));
    let mut lying = rows(count, 2, 1.0);
    lying.rows.iter_mut().enumerate().for_each(|(i, row)| row.name = long(i));
    let mut standing = bars(count, 2);
    standing.groups = (0..count).map(long).collect();
    let heat = Heatmap { panels: vec![heat] }.figure().unwrap();
    for (name, times, figure) in [
        ("heat map", 2, heat),
        ("graph", 1, nodes.figure().unwrap()),
        ("rows", 1, lying.figure().unwrap()),
        ("bars", 1, standing.figure().unwrap()),
    ] {
        // The number of each name, or of its short form, is found in the joined lines.
        let joined = words(&figure).join(" ");
        let mut shown: BTreeMap<String, usize> = BTreeMap::new();
        for word in words(&figure).into_iter().filter(|word| word.contains('…') || word.contains("hospital")) {
            *shown.entry(word).or_default() += 1;
        }
        let whole = (0..count).all(|i| joined.contains(&format!("{i:02} of")));
        let short = shown.len() == count && shown.values().all(|n| *n == times);
        assert!(whole || short, "{name}: {shown:?}");
    }
}

#[test]
fn long_paths_are_broken_at_arrows_and_titles_are_whole() {
    let mut paths = rows(6, 2, 1.0);
    let path = |i: usize| format!("01-FLAIR-NCR -> 21-T1-NCR -> 2{i}-T1ce-NCR -> 21-T2-NCR -> 16-T2-NCR");
    paths.rows.iter_mut().enumerate().for_each(|(i, row)| row.name = path(i));
    paths.label = "cost: first to target, each step, last to target; lower is better, and a little more to read".into();
    let shown = words(&paths.clone().figure().unwrap());
    assert!(!shown.iter().any(|word| word.contains('…')), "{shown:?}");
    let joined = shown.join(" ");
    assert!((0..6).all(|i| joined.contains(&path(i))), "{shown:?}");
    assert!(joined.contains(&paths.label), "{shown:?}");
    let small = HeatPanel { title: "H  image distance".into(), label: "Wasserstein-1 distance".into(), ..panel(1, 2) };
    let shown = words(&Heatmap { panels: vec![small] }.figure().unwrap());
    assert!(!shown.iter().any(|word| word.contains('…')), "{shown:?}");
    assert!(shown.join(" ").contains("Wasserstein-1 distance"), "{shown:?}");
}

#[test]
fn arrows_go_round_the_nodes_of_others() {
    for (nodes, path) in [(36, [4, 31, 20, 0]), (84, [1, 80, 43, 0])] {
        let figure = ClusterGraph { path: path.to_vec(), ..graph(nodes, 3) }.figure().unwrap();
        let (width, height) = figure.pixels().unwrap();
        let scene = figure.scene(width, height, &calm()).unwrap();
        let discs =
            || scene.marks.iter().filter_map(|m| if let Mark::Disc(at, r, _) = m { Some((*at, *r)) } else { None });
        let shafts = scene.marks.iter().filter_map(|m| match m {
            Mark::Line(points, width, _) if *width == 3.6 => Some(points),
            _ => None,
        });
        let mut arrows = 0;
        for shaft in shafts {
            arrows += 1;
            let (first, last) = (shaft[0], shaft[shaft.len() - 1]);
            let reach = |at: (f64, f64), p: (f64, f64)| (at.0 - p.0).hypot(at.1 - p.1);
            // The discs at its ends and in the legend have nothing to fear.
            for (at, radius) in discs().filter(|(at, r)| reach(*at, first) > r + 12.0 && reach(*at, last) > r + 26.0) {
                let near = shaft.windows(2).map(|pair| gap(at, pair[0], pair[1])).fold(f64::INFINITY, f64::min);
                assert!(near > radius, "{nodes} nodes: an arrow is {near} from the middle of a node of {radius}");
            }
        }
        assert_eq!(arrows, 3, "{nodes} nodes");
    }
}

#[test]
fn a_figure_says_what_it_is_once() {
    let figure = graph(9, 3).figure().unwrap();
    assert!(figure.describe().starts_with("graph  9 nodes"), "{}", figure.describe());
    assert!(format!("{figure:?}").starts_with("Figure  graph  9 nodes"), "{figure:?}");
    assert!(figure.text(80).starts_with("cluster 0 (2)"), "{}", figure.text(80));
}

#[test]
fn slices_drawn_alike_have_the_greys_of_the_first() {
    let first = SlicePanel { title: String::new(), truth: None, prediction: None, ..slice(20, 20) };
    let darker = SlicePanel { values: first.values.iter().map(|v| 0.25 * v).collect(), ..first.clone() };
    let shades = |alike: bool| {
        let figure = Slices { alike, ..slices(vec![first.clone(), darker.clone()], false) }.figure().unwrap();
        let text = figure.text(40);
        let lines: Vec<String> = text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
        let half = lines.len() / 2;
        (lines[half - 4].clone(), lines[lines.len() - 4].clone())
    };
    let (a, b) = shades(false);
    assert_eq!(a, b, "each in its own window");
    let (a, b) = shades(true);
    assert_ne!(a, b);
}
