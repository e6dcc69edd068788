//! Heat maps of an affinity and of matrices.

// The engine's macros unwrap arguments whose types the engine has checked.
#![allow(clippy::unwrap_used)]

use crate::affinity::affinity::Affinity;
use crate::affinity::matrix::Matrix;
use crate::base::error::Error;
use crate::numeric::linkage;
use crate::plot::charts::heatmap::{Direction, HeatPanel, Heatmap};
use crate::plot::figure::Figure;
use crate::plot::tree::Join;
use crate::script::fault::Answer;
use crate::script::options::{OptionDoc, Reader, list, read};
use rhai::plugin::*;
use rhai::{Engine, Map};

/// Puts these verbs into an engine.
pub fn install(engine: &mut Engine) {
    engine.register_global_module(exported_module!(verbs).into());
}

/// The options of these verbs.
#[must_use]
pub fn options() -> Vec<(&'static str, Vec<OptionDoc>)> {
    vec![("plot(Affinity)", list(|reader| order_option(reader, &mut true)))]
}

/// In the order of a tree of average linkage, which is drawn; or, without `tree`, in the order of the matrix.
fn heat(matrix: &Matrix, title: &str, label: &str, direction: Direction, tree: bool) -> HeatPanel {
    let n = matrix.rows().len();
    if tree && n > 1 && matrix.rows() == matrix.cols() {
        return in_order(matrix, title, label, direction);
    }
    HeatPanel {
        title: title.into(),
        rows: matrix.rows().to_vec(),
        columns: matrix.cols().to_vec(),
        values: (0..matrix.rows().len()).flat_map(|row| matrix.row(row).to_vec()).collect(),
        label: label.into(),
        direction,
        marked: Vec::new(),
        tree: Vec::new(),
    }
}

fn in_order(matrix: &Matrix, title: &str, label: &str, direction: Direction) -> HeatPanel {
    let n = matrix.rows().len();
    // A similarity is turned round: its highest value is distance 0. Both triangles count the same.
    let top = (0..n).flat_map(|row| matrix.row(row).to_vec()).fold(f64::MIN, f64::max);
    let apart = |row: usize, column: usize| match direction {
        Direction::HigherIsCloser => top - matrix.get(row, column),
        Direction::LowerIsCloser | Direction::Neither => matrix.get(row, column),
    };
    let both = |at: usize| (apart(at / n, at % n) + apart(at % n, at / n)) / 2.0;
    let merges = linkage::average(&(0..n * n).map(both).collect::<Vec<f64>>(), n);
    let order = linkage::leaves(&merges, n);
    let mut place = vec![0; n];
    order.iter().enumerate().for_each(|(at, &row)| place[row] = at);
    let number = |group: usize| if group < n { place[group] } else { group };
    let names: Vec<String> = order.iter().map(|&row| matrix.rows()[row].clone()).collect();
    HeatPanel {
        title: title.into(),
        rows: names.clone(),
        columns: names,
        values: order.iter().flat_map(|&row| order.iter().map(move |&column| matrix.get(row, column))).collect(),
        label: label.into(),
        direction,
        marked: Vec::new(),
        tree: merges.iter().map(|m| Join { a: number(m.a), b: number(m.b), height: m.height }).collect(),
    }
}

fn heats(affinity: &Affinity, tree: bool) -> Result<Figure, Error> {
    let panels = vec![
        heat(affinity.image(), "H  image distance", "Wasserstein-1 distance", Direction::LowerIsCloser, tree),
        heat(affinity.label(), "R  label similarity", "SSIM", Direction::HigherIsCloser, tree),
        heat(affinity.cost(), "T  cost", "cost", Direction::LowerIsCloser, tree),
    ];
    Heatmap { panels }.figure()
}

fn order_option(reader: &mut Reader, tree: &mut bool) {
    let words = [("tree", true), ("given", false)];
    reader.choice("order", tree, &words, "names by a tree of nearness, or as they are given");
}

/// The verbs.
#[export_module]
pub mod verbs {
    /// Heat maps of an affinity: H, R and T, names in the order of a tree of average linkage.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// plot(a).save("affinity.png")
    /// ```
    #[rhai_fn(name = "plot", return_raw)]
    pub fn plot_affinity(affinity: Affinity) -> Answer<Figure> {
        Ok(heats(&affinity, true)?)
    }

    /// The same with the names in a given order.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// plot(a, #{ order: "given" }).save("affinity.png")
    /// plot(a, #{ order: "tre" })      // error: option `order` must be one of "tree", "given"
    /// ```
    #[rhai_fn(name = "plot", return_raw)]
    pub fn plot_affinity_in_order(affinity: Affinity, options: Map) -> Answer<Figure> {
        let mut tree = true;
        read("plot", &options, |reader| order_option(reader, &mut tree))?;
        Ok(heats(&affinity, tree)?)
    }

    /// A heat map of a matrix.
    ///
    /// # Example
    /// ```
    /// let a = affinity(phantom_tasks(#{ cases: 1, size: 12 }), [], #{ size: 12 });
    /// plot(a.image).title("H").save("h.svg")
    /// ```
    #[rhai_fn(name = "plot", return_raw)]
    pub fn plot_matrix(matrix: Matrix) -> Answer<Figure> {
        Ok(Heatmap { panels: vec![heat(&matrix, "", "", Direction::Neither, false)] }.figure()?)
    }
}
