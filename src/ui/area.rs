//! Cutting a screen into places: each call takes a strip off one side of what is left.

use egui::{Rect, Vec2, pos2, vec2};

/// Takes a strip off one side and returns it; never more than there is.
pub trait Cut {
    fn cut_top(&mut self, height: f32) -> Rect;
    fn cut_bottom(&mut self, height: f32) -> Rect;
    fn cut_left(&mut self, width: f32) -> Rect;
    fn cut_right(&mut self, width: f32) -> Rect;
}

impl Cut for Rect {
    fn cut_top(&mut self, height: f32) -> Rect {
        let height = height.min(self.height());
        let strip = Rect::from_min_size(self.min, vec2(self.width(), height));
        self.min.y += height;
        strip
    }

    fn cut_bottom(&mut self, height: f32) -> Rect {
        let height = height.min(self.height());
        self.max.y -= height;
        Rect::from_min_size(self.left_bottom(), vec2(self.width(), height))
    }

    fn cut_left(&mut self, width: f32) -> Rect {
        let width = width.min(self.width());
        let strip = Rect::from_min_size(self.min, vec2(width, self.height()));
        self.min.x += width;
        strip
    }

    fn cut_right(&mut self, width: f32) -> Rect {
        let width = width.min(self.width());
        self.max.x -= width;
        Rect::from_min_size(self.right_top(), vec2(width, self.height()))
    }
}

/// Returns cell `index` of `count` equal columns with `gap` between them.
pub fn column(of: Rect, count: usize, gap: f32, index: usize) -> Rect {
    let width = (of.width() - gap * (count as f32 - 1.0)) / count as f32;
    Rect::from_min_size(
        pos2(of.left() + (width + gap) * index as f32, of.top()),
        vec2(width, of.height()),
    )
}

/// Returns cell `index` of `count` equal rows with `gap` between them.
pub fn row(of: Rect, count: usize, gap: f32, index: usize) -> Rect {
    let height = (of.height() - gap * (count as f32 - 1.0)) / count as f32;
    Rect::from_min_size(
        pos2(of.left(), of.top() + (height + gap) * index as f32),
        vec2(of.width(), height),
    )
}

/// Returns the largest rectangle of that aspect (width / height) in the middle of `of`.
pub fn fit(of: Rect, aspect: f32) -> Rect {
    let width = of.width().min(of.height() * aspect);
    Rect::from_center_size(of.center(), vec2(width, width / aspect))
}

/// Returns a centred part of `of`, at most `size` large.
pub fn middle(of: Rect, size: Vec2) -> Rect {
    Rect::from_center_size(of.center(), size.min(of.size()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_and_cells_tile_without_overlap() {
        let mut rest = Rect::from_min_size(pos2(0.0, 0.0), vec2(100.0, 200.0));
        let head = rest.cut_top(30.0);
        let foot = rest.cut_bottom(50.0);
        assert_eq!((head.bottom(), foot.top()), (rest.top(), rest.bottom()));
        let (a, b) = (column(rest, 2, 10.0, 0), column(rest, 2, 10.0, 1));
        assert_eq!((a.width(), b.left() - a.right()), (45.0, 10.0));
        assert_eq!(b.right(), rest.right());
    }

    #[test]
    fn a_strip_is_never_taller_than_what_is_left() {
        let mut rest = Rect::from_min_size(pos2(0.0, 0.0), vec2(100.0, 20.0));
        assert_eq!(rest.cut_top(30.0).height(), 20.0);
        assert_eq!(rest.height(), 0.0);
    }
}
