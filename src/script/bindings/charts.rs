//! Pictures of lists and tables: levels of a division, costs of paths, how stable a path is.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use super::graph::Clusters;
use super::path::Path;
use crate::base::error::Error;
use crate::base::plural::plural;
use crate::io::table::{Cell, Table};
use crate::plot::charts::curve::{Boundary, CurvePanel, Curves, Series};
use crate::plot::charts::rows::{Row, Rows};
use crate::plot::figure::Figure;
use crate::script::fault::{Answer, Fault};
use crate::script::number::{spoken_value, values};
use rhai::plugin::*;
use rhai::{Array, Engine};

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(verbs).into());
}

/// Modularity over the number of communities; the best is marked.
fn modularity(levels: &[Clusters]) -> Result<Figure, Error> {
    let mut points: Vec<(f64, f64)> =
        levels.iter().map(|level| (level.partition().groups.len() as f64, level.partition().modularity)).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let best = points.iter().copied().reduce(|best, point| if point.1 > best.1 + 1e-12 { point } else { best });
    let boundaries = best
        .map(|(at, value)| Boundary { at, name: format!("best: {}, {value:.3}", plural(at as usize, "community")) });
    let series = vec![Series { name: String::new(), points, dashed: false }];
    let panels = vec![CurvePanel { label: "modularity, higher is better".into(), series, range: None }];
    Curves { panels, label: "communities".into(), boundaries: boundaries.into_iter().collect() }.figure()
}

/// What paths cost: an image part and a label part of each term, in the order of the terms.
fn costs(paths: &[Path]) -> Result<Figure, Error> {
    let row = |path: &Path| {
        let path = path.inner();
        let parts = path.terms.iter().flat_map(|term| [(0, term.terms.image_cost), (1, term.terms.label_cost)]);
        Row { name: path.arrows(), parts: parts.collect(), interval: None, bold: false }
    };
    let mut rows: Vec<Row> = paths.iter().map(row).collect();
    if let Some(first) = rows.first_mut() {
        first.bold = true;
    }
    let series = vec!["image part of T".into(), "label part of T".into()];
    let label = "cost: first to target, each step, last to target; lower is better".into();
    Rows { rows, series, label, decimals: 4 }.figure()
}

/// Rows of the verb `stability`.
///
/// # Errors
/// When a column is missing or holds something else.
pub fn shares(table: &Table) -> Result<Figure, Error> {
    let [share, low, high] = [table.numbers("share")?, table.numbers("low")?, table.numbers("high")?];
    let (paths, chosen) = (table.column("path")?, table.column("chosen")?);
    let row = |at: usize| Row {
        name: paths[at].text(),
        parts: vec![(0, share[at])],
        interval: Some((low[at], high[at])),
        bold: chosen[at] == Cell::Text("yes".into()),
    };
    // The least shares say little one by one.
    let shown = table.len().min(20);
    let mut rows: Vec<Row> = (0..shown).map(row).collect();
    if table.len() > shown {
        let rest = share[shown..].iter().sum();
        let name = format!("{} more paths", table.len() - shown);
        rows.push(Row { name, parts: vec![(0, rest)], interval: None, bold: false });
    }
    let label = "share of draws in which a path wins; bold: the chosen one".into();
    Rows { rows, series: vec!["share".into()], label, decimals: 3 }.figure()
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// The levels of a division as a curve of modularity, or the costs of paths as stacked bars.
    ///
    /// # Arguments
    /// - `array`: of `Clusters`, such as `graph.levels(#{})`, or of `Path`, such as `paths(g, c, target)`
    ///
    /// # Example
    /// ```
    /// let tasks = phantom_tasks(#{ cases: 1, size: 12 });
    /// let target = tasks["16-T2-NCR"];
    /// let g = source_graph(affinity(tasks.except_institution("16"), [target], #{ size: 12 }));
    /// plot(g.levels(#{})).save("levels.png")
    /// plot(paths(g, g.cluster(3), target)).title("the best paths").save("paths.svg")
    /// plot([1])       // error: plot of an array needs Clusters or Paths, got 1
    /// ```
    #[rhai_fn(name = "plot", return_raw)]
    pub fn plot_array(array: Array) -> Answer<Figure> {
        let first =
            array.first().ok_or_else(|| Fault::argument("plot of an array needs Clusters or Paths, got none"))?;
        if first.read_lock::<Clusters>().is_some() {
            return Ok(modularity(&values("plot", "array", &array, "Clusters")?)?);
        }
        if first.read_lock::<Path>().is_some() {
            return Ok(costs(&values("plot", "array", &array, "a Path")?)?);
        }
        let message = format!("plot of an array needs Clusters or Paths, got {}", spoken_value(first));
        Err(Fault::argument(message).raise())
    }
}
