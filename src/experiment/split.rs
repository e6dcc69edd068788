//! Which cases of the target are learned from and which are held out: the same ones for every strategy.

use crate::base::error::{Error, Result};
use crate::dataset::task::Task;
use crate::train::options::{Test, TrainParams};
use crate::train::trainer::LATER_CASES;

/// The target's cases, apart.
#[derive(Debug, Clone)]
pub struct Split {
    /// Learned from: the first cases.
    pub train: Task,
    /// Held out.
    pub test: Task,
}

impl Split {
    /// Splits a target as the options say: 3 cases to learn from, all others held out.
    ///
    /// # Errors
    /// The target is empty, no case is left to test on, or a test case is also a training case.
    pub fn of(target: &Task, params: &TrainParams) -> Result<Self> {
        let (name, there) = (target.name(), target.cases().len());
        if there == 0 {
            return Err(Error::data(format!("the target {name} has no cases")).help("choose a target with cases"));
        }
        let cases = params.cases.unwrap_or(LATER_CASES).min(there);
        let (train, rest) = (target.take(cases), target.skip(cases));
        let test = match &params.test {
            Test::Rest => rest,
            Test::Count(0) => {
                return Err(Error::argument("option `test` is 0, but the network must be judged on a case at least")
                    .help("leave `test` out to judge on all cases that are left"));
            }
            Test::Count(wanted) => {
                if *wanted > there - cases {
                    return Err(Error::data(format!(
                        "option `test`: wanted {wanted} held-out cases of {name}, but only {} are left after {cases} \
                         training cases",
                        there - cases
                    ))
                    .help("ask for fewer, or leave `test` out to use all that are left"));
                }
                rest.take(*wanted)
            }
            Test::Task(task) => {
                let same_home = task.fields().institution == target.fields().institution;
                let both = task.cases().iter().find(|c| same_home && train.cases().iter().any(|t| t.id == c.id));
                if let Some(case) = both {
                    return Err(Error::data(format!(
                        "option `test`: case {} of {} is also a training case of {name}",
                        case.id,
                        task.name()
                    ))
                    .help(format!("hold out other cases, such as task.skip({cases})")));
                }
                task.clone()
            }
        };
        if test.cases().is_empty() {
            return Err(Error::data(format!(
                "no case of {name} is left to test on: it has {there} and {cases} are for training"
            ))
            .help("train on fewer with `cases`, or give other cases of the target as `test`"));
        }
        Ok(Split { train, test })
    }
}
