//! How long each training of a strategy lasts.

use crate::base::error::Result;
use crate::train::options::{Course, TrainParams};

/// The courses of a strategy's trainings, given on how many tasks each is done. With a `budget` their epochs are brought to that many
/// batches in all, each training's part as it was, by the largest remainders.
///
/// # Errors
/// The recipe is unknown, or the budget is no multiple of an epoch or less than one epoch a training.
pub fn courses(tasks: &[usize], params: &TrainParams) -> Result<Vec<Course>> {
    let course = |(number, tasks): (usize, &usize)| -> Result<Course> {
        let mut course = if number == 0 { params.first_course()? } else { params.later_course()? };
        // Several tasks at once get the batches that they would get one after the other.
        course.epochs += (tasks - 1) * params.later_course()?.epochs;
        Ok(course)
    };
    let mut courses: Vec<Course> = tasks.iter().enumerate().map(course).collect::<Result<_>>()?;
    let Some(steps) = courses.first().map(|course| course.steps) else { return Ok(courses) };
    let Some(epochs) = params.epochs_in_budget(steps, courses.len())? else { return Ok(courses) };
    let whole = courses.iter().map(|course| course.epochs.max(1)).sum::<usize>();
    let mut rests = Vec::with_capacity(courses.len());
    for (number, course) in courses.iter_mut().enumerate() {
        let part = epochs * course.epochs.max(1);
        course.epochs = part / whole;
        rests.push((part % whole, number));
    }
    let left = epochs - courses.iter().map(|course| course.epochs).sum::<usize>();
    rests.sort_by_key(|&(rest, number)| (std::cmp::Reverse(rest), number));
    for (_, number) in rests.into_iter().take(left) {
        courses[number].epochs += 1;
    }
    // A training of no epoch has one of the longest's.
    while let Some(none) = courses.iter().position(|course| course.epochs == 0) {
        let longest = (0..courses.len()).max_by_key(|&n| (courses[n].epochs, std::cmp::Reverse(n))).unwrap_or(0);
        courses[longest].epochs -= 1;
        courses[none].epochs += 1;
    }
    Ok(courses)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn epochs(tasks: &[usize], budget: Option<usize>) -> Vec<usize> {
        let params =
            TrainParams { epochs: Some(20), later_epochs: Some(6), steps: Some(5), budget, ..TrainParams::default() };
        courses(tasks, &params).unwrap().iter().map(|course| course.epochs).collect()
    }

    #[test]
    fn a_budget_is_spent_to_the_last_batch_whatever_the_strategy() {
        assert_eq!(epochs(&[1, 1, 1], None), [20, 6, 6]);
        assert_eq!(epochs(&[2, 1], None), [26, 6]);
        assert_eq!(epochs(&[1], Some(160)), [32]);
        assert_eq!(epochs(&[1, 1, 1], Some(160)), [20, 6, 6]);
        for tasks in [&[1][..], &[1, 1], &[1, 1, 1], &[2, 1], &[1, 1, 1, 1, 1]] {
            for budget in (25..400).step_by(5) {
                let epochs = epochs(tasks, Some(budget));
                assert_eq!(epochs.iter().sum::<usize>() * 5, budget, "{tasks:?}");
                assert!(epochs.iter().all(|n| *n > 0), "{epochs:?}");
            }
        }
    }

    #[test]
    fn a_budget_that_cannot_be_spent_is_refused() {
        for budget in [7, 5] {
            let params = TrainParams { steps: Some(5), budget: Some(budget), ..TrainParams::default() };
            let error = courses(&[1, 1], &params).unwrap_err();
            assert!(error.message().contains("`budget`") && error.message().contains("10 or more"), "{error}");
        }
    }
}
