//! What a later step leaves as it is.

/// The part of a network that does not change in a training.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Freeze {
    /// Nothing.
    #[default]
    None,
    /// The encoder.
    Encoder,
    /// Everything but the layers that turn features into logits.
    AllButHeads,
}

impl Freeze {
    /// All of them.
    pub const ALL: [Freeze; 3] = [Freeze::None, Freeze::Encoder, Freeze::AllButHeads];

    /// The name scripts use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Freeze::None => "none",
            Freeze::Encoder => "encoder",
            Freeze::AllButHeads => "all_but_heads",
        }
    }

    /// What has a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Freeze> {
        Freeze::ALL.into_iter().find(|freeze| freeze.name() == name)
    }

    /// What a person reads of it; nothing of [`Freeze::None`].
    #[must_use]
    pub fn remark(self) -> &'static str {
        match self {
            Freeze::None => "",
            Freeze::Encoder => "encoder frozen",
            Freeze::AllButHeads => "all but heads frozen",
        }
    }
}
