//! Figures: charts from plain data, drawn to PNG and SVG.
