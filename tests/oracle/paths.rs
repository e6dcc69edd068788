//! Paths, budgets, what-if and stability against listing everything.

use proptest::prelude::*;
use seqtran::affinity::affinity::Affinity;
use seqtran::affinity::matrix::Matrix;
use seqtran::affinity::params::{AffinityParams, Pairs};
use seqtran::affinity::part::{Member, Members, Part, Values};
use seqtran::base::error::Result;
use seqtran::base::params::{Checked, Params};
use seqtran::base::progress::Monitor;
use seqtran::base::seed::Seed;
use seqtran::dataset::case::{Case, Source};
use seqtran::dataset::task::{Task, TaskName};
use seqtran::graph::communities::CommunityParams;
use seqtran::image::mask::Mask;
use seqtran::image::volume::Volume;
use seqtran::transfer::budget::{BudgetParams, budget};
use seqtran::transfer::clusters::cluster;
use seqtran::transfer::plan::Plan;
use seqtran::transfer::representative::RepresentativeParams;
use seqtran::transfer::search::{PathParams, paths};
use seqtran::transfer::source_graph::source_graph;
use seqtran::transfer::stability::{Over, Stability, StabilityParams, stability};
use seqtran::transfer::what_if::{Change, what_if};

/// Never read: affinities here are made of matrices.
struct Blank;

impl Source for Blank {
    fn image(&self) -> Result<Volume> {
        unreachable!("nothing is measured")
    }

    fn mask(&self) -> Result<Mask> {
        unreachable!("nothing is measured")
    }

    fn image_key(&self) -> String {
        "blank".into()
    }

    fn mask_key(&self) -> String {
        "blank".into()
    }
}

fn task(institution: &str, modality: &str, objective: &str, cases: usize) -> Task {
    let name = TaskName { institution: institution.into(), modality: modality.into(), objective: objective.into() };
    Task::new(name, (0..cases).map(|case| Case::new(format!("case {case}"), Blank)).collect())
}

/// Every task has an image and a label group of its own, so H and R are any symmetric matrices.
fn affinity(tasks: Vec<Task>, sources: usize, draw: impl Fn(usize, usize) -> (f64, f64)) -> Affinity {
    let names: Vec<String> = tasks.iter().map(Task::name).collect();
    let rows: Vec<Members> = tasks.iter().map(|task| members(task, &[])).collect();
    let part = |of: fn((f64, f64)) -> f64| {
        let matrix = Matrix::from_fn(names.clone(), names.clone(), |r, c| of(draw(r.min(c), r.max(c))));
        Part::recorded(rows.clone(), (0..tasks.len()).collect(), matrix, None)
    };
    Affinity::new(tasks.clone(), sources, part(|d| d.0), part(|d| d.1), [1; 3], params()).unwrap()
}

fn params() -> Checked<AffinityParams> {
    AffinityParams { alpha: Some(1.0), beta: Some(1.0), ..Default::default() }.check().unwrap()
}

/// A row of its own for a task, with cases at some places.
fn members(task: &Task, places: &[usize]) -> Members {
    let member = |&place: &usize| {
        let id = format!("case {place}");
        Member { subject: id.clone(), origin: id.clone(), id, content: None, place }
    };
    let cases = places.iter().map(member).collect();
    Members { name: task.name(), institution: task.fields().institution.clone(), cases }
}

/// Three institutions of up to eight sources and a target; numbers in eighths, so that costs tie.
fn made() -> impl Strategy<Value = (Affinity, usize)> {
    (prop::collection::vec((0_u8..8, 0_u8..8), 200), prop::collection::vec(0_usize..5, 8), 1_usize..4).prop_map(
        |(draws, sizes, k)| {
            let mut tasks = Vec::new();
            for (n, size) in sizes.into_iter().enumerate() {
                let (modality, objective) = (["T1", "T2"][n % 2], ["ED", "NCR"][n / 2 % 2]);
                tasks.push(task(["01", "06", "18"][n % 3], modality, objective, size + 1));
            }
            tasks.sort_by_key(Task::name);
            tasks.dedup_by_key(|task| task.name());
            let sources = tasks.len();
            tasks.push(task("16", "T2", "NCR", 3));
            let draw = |u: usize, v: usize| {
                let (h, r) = draws[(u * 13 + v) % draws.len()];
                (f64::from(h) / 8.0, f64::from(r) / 8.0)
            };
            (affinity(tasks, sources, draw), k)
        },
    )
}

fn plan(affinity: &Affinity, k: usize, length: usize) -> Option<Plan> {
    let graph = source_graph(affinity, true).unwrap();
    let clusters = cluster(&graph, Some(k), &CommunityParams::default().check().unwrap(), &Monitor::silent()).ok()?;
    let params = PathParams { length, top: 1000, ..Default::default() }.check().unwrap();
    Some(Plan::new(&graph, &clusters, "16-T2-NCR", &params).unwrap())
}

/// Every path of a length from a representative through its cluster, by cost and names, from the definition.
fn listed(plan: &Plan, length: usize) -> Vec<(f64, Vec<String>)> {
    fn extend(members: &[usize], path: &mut Vec<usize>, length: usize, all: &mut Vec<Vec<usize>>) {
        if path.len() == length {
            all.push(path.clone());
            return;
        }
        for &next in members {
            if !path.contains(&next) {
                path.push(next);
                extend(members, path, length, all);
                path.pop();
            }
        }
    }
    let (graph, target) = (plan.graph(), plan.affinity().place(plan.target()).unwrap());
    let choice = RepresentativeParams::default().check().unwrap();
    let mut all = Vec::new();
    for (members, first) in plan.clusters().members().iter().zip(plan.clusters().representative_places(&choice)) {
        extend(members, &mut vec![first.unwrap()], length, &mut all);
    }
    let mut found: Vec<(f64, Vec<String>)> = Vec::new();
    for sources in all {
        let steps: Vec<usize> = sources.iter().copied().chain([target]).collect();
        let edges: Vec<(usize, usize)> =
            [(sources[0], target)].into_iter().chain(steps.windows(2).map(|pair| (pair[0], pair[1]))).collect();
        if edges.iter().all(|&(u, v)| graph.joined(u, v)) {
            let cost = edges.iter().map(|&(u, v)| plan.affinity().cost().get(u, v)).sum();
            found.push((cost, steps.iter().map(|&place| plan.affinity().tasks()[place].name()).collect()));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn the_best_paths_of_every_length_are_those_of_a_full_list((affinity, k) in made(), top in 1_usize..20) {
        for length in 1..=4 {
            let Some(plan) = plan(&affinity, k, length) else { continue };
            let all = listed(&plan, length);
            let params = PathParams { length, top, ..Default::default() }.check().unwrap();
            match paths(plan.graph(), plan.clusters(), plan.target(), &params, &Monitor::silent()) {
                Ok(found) => {
                    let found: Vec<(f64, Vec<String>)> = found.into_iter().map(|path| (path.cost, path.nodes)).collect();
                    prop_assert_eq!(found.as_slice(), &all[..top.min(all.len())]);
                }
                Err(_) => prop_assert!(all.is_empty()),
            }
        }
    }

    #[test]
    fn a_budget_takes_the_best_path_that_fits((affinity, k) in made(), most in 1_usize..16, later in 1_usize..3) {
        let Some(plan) = plan(&affinity, k, 2) else { return Ok(()) };
        let options = BudgetParams { cases: Some(most), first_cases: 4, later_cases: later, ..Default::default() };
        let Ok(found) = budget(&plan, &options.check().unwrap(), &Monitor::silent()) else {
            prop_assert!((1..4).all(|length| listed(&plan, length).is_empty()));
            return Ok(());
        };
        let cases = |nodes: &[String]| -> usize {
            let count = |name: &String| plan.affinity().tasks()[plan.affinity().place(name).unwrap()].cases().len();
            count(&nodes[0]).min(4) + nodes[1..].iter().map(|name| count(name).min(later)).sum::<usize>()
        };
        let mut best: Option<(f64, Vec<String>)> = None;
        for length in 1..=3 {
            let all = listed(&plan, length);
            let rows: Vec<_> = found.iter().filter(|candidate| candidate.path.length() == length).collect();
            prop_assert_eq!(rows.first().map(|row| &row.path.nodes), all.first().map(|path| &path.1));
            let fits = all.iter().find(|path| cases(&path.1) <= most);
            prop_assert_eq!(rows.iter().find(|row| row.over.is_none()).map(|row| &row.path.nodes), fits.map(|path| &path.1));
            for row in rows {
                prop_assert_eq!(row.cases, cases(&row.path.nodes));
                prop_assert_eq!(row.steps, 100 + 30 * length);
                prop_assert_eq!(row.over.is_some(), row.cases > most);
            }
            if let Some((cost, nodes)) = fits {
                let mean = cost / (length + 1) as f64;
                if best.as_ref().is_none_or(|(least, _)| mean < least - 1e-9) {
                    best = Some((mean, nodes.clone()));
                }
            }
        }
        let chosen: Vec<_> = found.iter().filter(|candidate| candidate.chosen).collect();
        prop_assert_eq!(chosen.first().map(|candidate| &candidate.path.nodes), best.as_ref().map(|best| &best.1));
        prop_assert!(chosen.len() <= 1);
    }

    #[test]
    fn what_if_says_what_a_fresh_start_would((affinity, k) in made()) {
        let Some(whole) = plan(&affinity, k, 1) else { return Ok(()) };
        let changes = [Change::Without("01".into()), Change::Weights(0.5, 2.0), Change::Without("06".into())];
        let Ok((now, outcomes)) = what_if(&whole, &[], Some(&changes), &Monitor::silent()) else { return Ok(()) };
        prop_assert_eq!(&now.nodes, &listed(&whole, 1)[0].1);
        for outcome in outcomes {
            let then = match &outcome.change {
                Change::Without(name) => affinity.except_institution(&[name]),
                Change::Weights(alpha, beta) => affinity.with_weights(*alpha, *beta),
                Change::With(_) => unreachable!(),
            };
            let fresh = then.ok().and_then(|a| plan(&a, k.min(a.sources().len()), 1));
            let best = fresh.as_ref().and_then(|plan| listed(plan, 1).into_iter().next());
            prop_assert_eq!(outcome.path.as_ref().ok().map(|path| &path.nodes), best.as_ref().map(|best| &best.1));
            if let (Some(old), Some(plan)) = (outcome.old_path, &fresh) {
                prop_assert_eq!(Some(old), plan.cost_of(&now.nodes));
            }
        }
    }
}

#[test]
fn an_institution_that_was_left_out_comes_back() {
    let tasks = vec![task("01", "T2", "NCR", 3), task("06", "T2", "NCR", 3), task("16", "T2", "NCR", 3)];
    // 06 is the nearer one.
    let affinity = affinity(tasks, 2, |u, v| (if (u, v) == (1, 2) { 0.1 } else { 0.5 }, 1.0));
    let plan = plan(&affinity, 1, 1).unwrap();
    let (now, outcomes) = what_if(&plan, &["06".to_owned()], None, &Monitor::silent()).unwrap();
    assert_eq!(now.nodes, ["01-T2-NCR", "16-T2-NCR"]);
    let said: Vec<String> = outcomes.iter().map(|outcome| outcome.change.to_string()).collect();
    assert_eq!(said[..2], ["without 01", "bring in 06"]);
    assert!(outcomes[0].path.as_ref().unwrap_err().contains("no source is left"), "{:?}", outcomes[0].path);
    for name in ["16", "99"] {
        assert!(what_if(&plan, &[], Some(&[Change::Without(name.into())]), &Monitor::silent()).is_err());
    }
}

/// Two sources, each alone in its cluster: the first is nearer by its images, the second by its labels. With factors a and b of
/// the weights the first wins when 2 a 0.2 + 2 b 0.6 < 2 a 0.5 + 2 b 0.4, so when a / b > 2/3.
#[test]
fn shares_are_the_probabilities() {
    let tasks = vec![task("01", "T2", "NCR", 3), task("06", "T2", "NCR", 3), task("16", "T2", "NCR", 3)];
    let draw = |u: usize, v: usize| match (u, v) {
        (0, 2) => (0.2, 0.4),
        (1, 2) => (0.5, 0.6),
        _ => (1.0, 0.5),
    };
    let plan = plan(&affinity(tasks, 2, draw), 2, 1).unwrap();
    let ask = |seed: u64, spread: f64| {
        let params = StabilityParams { over: Over::Weights, draws: 4000, spread }.check().unwrap();
        let targets = [plan.target().to_owned()];
        stability(&plan, &targets, &params, Seed::new(seed), &Monitor::silent()).unwrap().remove(0)
    };
    let Stability { chosen, shares } = ask(1, 2.0);
    assert_eq!(chosen.nodes[0], "01-T2-NCR");
    assert_eq!((shares.len(), shares[0].chosen, shares[1].nodes[0].as_str()), (2, true, "06-T2-NCR"));
    assert_eq!(shares[0].wins + shares[1].wins, 4000);
    // ln a - ln b is the difference of two uniforms on +-ln 2: a triangle on +-2 ln 2. Below ln 2/3 lies (2 ln 2 - ln 3/2)^2 / (8 ln^2 2).
    let ln2 = 2.0_f64.ln();
    let wanted = 1.0 - (2.0 * ln2 - 1.5_f64.ln()).powi(2) / (8.0 * ln2 * ln2);
    let deviation = (wanted * (1.0 - wanted) / 4000.0).sqrt();
    assert!((shares[0].share - wanted).abs() < 4.0 * deviation, "{} {wanted}", shares[0].share);
    assert!(shares[0].interval[0] < shares[0].share && shares[0].share < shares[0].interval[1]);
    assert_eq!(ask(1, 2.0).shares, shares, "a seed says it all");
    assert_ne!(ask(2, 2.0).shares, shares);
    assert_eq!(ask(1, 1.2).shares[0].share, 1.0, "a ratio of 1.44 at most stays above 2/3");
}

/// 01 has two patients, one near (0.1) and one far (0.9); that of 06 is at 0.4. Two draws of two are both near in one case of four:
/// only then does 01 win.
#[test]
fn shares_over_cases_are_the_probabilities() {
    let tasks = vec![task("01", "T2", "NCR", 2), task("06", "T2", "NCR", 1), task("16", "T2", "NCR", 1)];
    let rows: Vec<Members> = tasks.iter().zip([&[0, 1][..], &[2], &[3]]).map(|(task, at)| members(task, at)).collect();
    let part = |to_target: [f64; 3]| {
        let values = Values::from_fn(4, |k, l| if k == 3 && l < 3 { to_target[l] } else { 0.5 });
        Part::of_values(rows.clone(), vec![0, 1, 2], values, Pairs::All).unwrap()
    };
    let affinity = Affinity::new(tasks.clone(), 2, part([0.1, 0.9, 0.4]), part([1.0; 3]), [1; 3], params()).unwrap();
    let plan = plan(&affinity, 2, 1).unwrap();
    let params = StabilityParams { over: Over::Cases, draws: 4000, spread: 2.0 }.check().unwrap();
    let targets = [plan.target().to_owned()];
    let found = stability(&plan, &targets, &params, Seed::new(5), &Monitor::silent()).unwrap().remove(0);
    let Stability { chosen, shares } = found;
    assert_eq!((chosen.nodes[0].as_str(), shares.len(), shares[0].chosen), ("06-T2-NCR", 2, true));
    let deviation = (0.75_f64 * 0.25 / 4000.0).sqrt();
    assert!((shares[0].share - 0.75).abs() < 4.0 * deviation, "{}", shares[0].share);
}
