//! What is near: things in the cells of a lattice over an area.

use super::scene::Rect;

/// Numbered things by where they are.
pub struct Lattice {
    area: Rect,
    step: f64,
    across: usize,
    down: usize,
    cells: Vec<Vec<usize>>,
}

impl Lattice {
    /// An empty lattice of cells of that side.
    #[must_use]
    pub fn new(area: Rect, step: f64) -> Self {
        let cells = |side: f64| ((side / step).ceil() as usize).clamp(1, 400);
        let (across, down) = (cells(area.w), cells(area.h));
        Lattice { area, step, across, down, cells: vec![Vec::new(); across * down] }
    }

    /// The cells that a rectangle touches; what is outside the area belongs to the cells at its edge.
    fn touched(&self, rect: &Rect) -> impl Iterator<Item = usize> + use<> {
        let place = |v: f64, count: usize| ((v / self.step).floor().max(0.0) as usize).min(count - 1);
        let (left, right) = (place(rect.x - self.area.x, self.across), place(rect.right() - self.area.x, self.across));
        let (top, bottom) = (place(rect.y - self.area.y, self.down), place(rect.bottom() - self.area.y, self.down));
        let across = self.across;
        (top..=bottom).flat_map(move |row| (left..=right).map(move |column| row * across + column))
    }

    /// Puts a thing in.
    pub fn put(&mut self, rect: &Rect, thing: usize) {
        for cell in self.touched(rect) {
            self.cells[cell].push(thing);
        }
    }

    /// Takes a thing out that was put in with the same rectangle.
    pub fn take(&mut self, rect: &Rect, thing: usize) {
        for cell in self.touched(rect) {
            self.cells[cell].retain(|other| *other != thing);
        }
    }

    /// The things in the cells that a rectangle touches, each once, in rising order.
    #[must_use]
    pub fn near(&self, rect: &Rect) -> Vec<usize> {
        let mut things: Vec<usize> = self.touched(rect).flat_map(|cell| self.cells[cell].iter().copied()).collect();
        things.sort_unstable();
        things.dedup();
        things
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_found_near_it_until_it_is_taken_out() {
        let mut lattice = Lattice::new(Rect::new(10.0, 10.0, 100.0, 50.0), 20.0);
        let (here, there) = (Rect::new(15.0, 15.0, 30.0, 5.0), Rect::new(90.0, 50.0, 90.0, 90.0));
        lattice.put(&here, 7);
        lattice.put(&there, 3);
        assert_eq!(lattice.near(&here), [7]);
        assert_eq!(lattice.near(&Rect::new(0.0, 0.0, 300.0, 300.0)), [3, 7]);
        lattice.take(&here, 7);
        assert!(lattice.near(&here).is_empty());
    }
}
