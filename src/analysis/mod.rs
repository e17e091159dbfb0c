//! (being built)

use std::sync::Arc;

use crate::frame::Frame;

#[derive(Debug)]
pub struct Analysis {
    pub frame: Arc<Frame>,
}
