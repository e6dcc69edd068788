//! The options of an affinity, with METHOD's defaults.

use super::reading::Reading;
use crate::base::choice::Choice;
use crate::base::error::Result;
use crate::base::params::{Params, Range};
use crate::numeric::pca::Sign;

/// What is done to intensities before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Intensity {
    /// As read.
    #[default]
    Raw,
    /// Mean 0, standard deviation 1 over the non-zero voxels.
    Zscore,
    /// 0 to 1 over the non-zero voxels.
    Minmax,
}

impl Choice for Intensity {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("raw", Intensity::Raw), ("zscore", Intensity::Zscore), ("minmax", Intensity::Minmax)];
}

impl Choice for Sign {
    const CHOICES: &'static [(&'static str, Self)] = &[("loading", Sign::Loading), ("symmetric", Sign::Symmetric)];
}

/// How two samples of scores are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Distance {
    /// Exact one-dimensional Wasserstein-1 of the pooled scores.
    #[default]
    W1,
    /// Wasserstein-1 of the scores as points of as many dimensions as there are components (equation 2 read literally), sliced:
    /// the mean over random directions of the one-dimensional distance along them. Directions are normal numbers over their
    /// mean size sqrt(2/pi), so that clouds which differ by a shift are as far apart as by `Exact`, in any number of dimensions;
    /// the mean over unit vectors of d dimensions is gamma(d/2) / (sqrt(pi) gamma((d+1)/2)) times that.
    Sliced,
    /// The same, exact, of some of the points.
    Exact,
}

impl Choice for Distance {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("w1", Distance::W1), ("sliced", Distance::Sliced), ("exact", Distance::Exact)];
}

/// Which pairs of cases a mean runs over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pairs {
    /// All of them, a case with itself included (equation 1).
    #[default]
    All,
    /// Inside one institution only those of the same patient.
    Patient,
}

impl Choice for Pairs {
    const CHOICES: &'static [(&'static str, Self)] = &[("all", Pairs::All), ("patient", Pairs::Patient)];
}

/// Options of the scores of one volume.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleParams {
    /// Voxels the volume is resized to.
    pub size: [usize; 3],
    /// The fewest components are kept whose cumulative explained-variance ratio is strictly greater than this.
    pub variance: f64,
    /// Which axis holds the features: 0, 1 or 2.
    pub axis: usize,
    /// How the sign of a component is fixed.
    pub sign: Sign,
    /// What is done to intensities, before the resize.
    pub intensity: Intensity,
}

impl Default for SampleParams {
    fn default() -> Self {
        SampleParams { size: [128; 3], variance: 0.75, axis: 2, sign: Sign::Loading, intensity: Intensity::Raw }
    }
}

impl Params for SampleParams {
    const RANGES: &'static [Range] = &[Range::between("variance", 0.0, 1.0), Range::new("axis", 0.0, 2.0)];

    fn validate(&self) -> Result<()> {
        grid("size", self.size)?;
        Self::inside("variance", self.variance)?;
        Self::inside("axis", self.axis as f64)
    }
}

fn grid(option: &str, size: [usize; 3]) -> Result<()> {
    let [x, y, z] = size;
    crate::ensure!(
        size.iter().all(|n| (1..=1024).contains(n)),
        "option `{option}` must have 1..=1024 voxels along each axis, got [{x}, {y}, {z}]"
    );
    Ok(())
}

/// Options of an affinity.
#[derive(Debug, Clone, PartialEq)]
pub struct AffinityParams {
    /// Voxels each volume is resized to.
    pub size: [usize; 3],
    /// See [`SampleParams::variance`].
    pub variance: f64,
    /// Which axis holds the features.
    pub axis: usize,
    /// How the sign of a component is fixed.
    pub sign: Sign,
    /// What is done to intensities, before the resize.
    pub intensity: Intensity,
    /// How two samples of scores are compared.
    pub distance: Distance,
    /// In-plane positions that the distances "sliced" and "exact" look at, drawn once by the seed; 2048 and 256 without it.
    pub points: Option<usize>,
    /// Directions of the distance "sliced", drawn once by the seed; 64 without it.
    pub directions: Option<usize>,
    /// Which pairs of cases the means run over.
    pub pairs: Pairs,
    /// At most so many cases a task, drawn once by the seed; all of them without it.
    pub cases: Option<usize>,
    /// The seed of everything that is drawn; the caller's without it.
    pub seed: Option<u64>,
    /// Constant of SSIM's luminance.
    pub k1: f64,
    /// Constant of SSIM's structure.
    pub k2: f64,
    /// The grid masks are brought to by nearest neighbour; the first task's shape without it.
    pub label_grid: Option<[usize; 3]>,
    /// How H and R become T.
    pub reading: Reading,
    /// Weight of the image part; the reading's own without it.
    pub alpha: Option<f64>,
    /// Weight of the label part; the reading's own without it.
    pub beta: Option<f64>,
}

impl AffinityParams {
    /// The part about one volume.
    #[must_use]
    pub fn samples(&self) -> SampleParams {
        SampleParams {
            size: self.size,
            variance: self.variance,
            axis: self.axis,
            sign: self.sign,
            intensity: self.intensity,
        }
    }

    /// The two weights: those given, else the reading's.
    #[must_use]
    pub fn weights(&self) -> (f64, f64) {
        let (alpha, beta) = self.reading.default_weights();
        (self.alpha.unwrap_or(alpha), self.beta.unwrap_or(beta))
    }
}

impl Default for AffinityParams {
    fn default() -> Self {
        let SampleParams { size, variance, axis, sign, intensity } = SampleParams::default();
        AffinityParams {
            size,
            variance,
            axis,
            sign,
            intensity,
            distance: Distance::W1,
            points: None,
            directions: None,
            pairs: Pairs::All,
            cases: None,
            seed: None,
            k1: 0.3,
            k2: 0.3,
            label_grid: None,
            reading: Reading::Dissimilarity,
            alpha: None,
            beta: None,
        }
    }
}

impl Params for AffinityParams {
    const RANGES: &'static [Range] = &[
        Range::new("k1", 0.0, 1.0),
        Range::new("k2", 0.0, 1.0),
        Range::new("points", 1.0, 1048576.0),
        Range::new("directions", 1.0, 4096.0),
        Range::new("cases", 1.0, f64::INFINITY),
    ];

    fn validate(&self) -> Result<()> {
        self.samples().validate()?;
        Self::inside("k1", self.k1)?;
        Self::inside("k2", self.k2)?;
        if let Some(size) = self.label_grid {
            grid("label_grid", size)?;
        }
        if let Some(points) = self.points {
            Self::inside("points", points as f64)?;
            crate::ensure!(
                self.distance != Distance::W1,
                "option `points` is for the distances \"sliced\" and \"exact\"; \"w1\" looks at all of them"
            );
            crate::ensure!(
                self.distance != Distance::Exact || points <= 4096,
                "option `points` must be in 1..=4096 for the distance \"exact\", whose time grows with its cube, got {points}"
            );
        }
        if let Some(directions) = self.directions {
            Self::inside("directions", directions as f64)?;
            crate::ensure!(
                self.distance == Distance::Sliced,
                "option `directions` is for the distance \"sliced\", got distance {:?}",
                self.distance.name()
            );
        }
        Self::inside("cases", self.cases.map_or(1.0, |cases| cases as f64))?;
        let (alpha, beta) = self.weights();
        self.reading.check_weights(alpha, beta)
    }
}
