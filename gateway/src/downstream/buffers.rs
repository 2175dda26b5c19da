//! Empty buffers between two uses, because asking the allocator three times a request is dear.

/// Buffers that connections take while they work, and give back when they are idle.
#[derive(Default)]
pub(crate) struct BufferPool(Vec<Vec<u8>>);

impl BufferPool {
    /// Larger ones go back to the allocator: many connections may keep one each.
    const MAX_CAPACITY: usize = 1024;
    const MAX_COUNT: usize = 192;

    /// Gives a buffer to one that has none.
    pub(crate) fn fill(&mut self, buffer: &mut Vec<u8>) {
        if buffer.capacity() == 0 {
            *buffer = self.0.pop().unwrap_or_default();
        }
    }

    /// Takes a buffer back if it is empty: an idle connection costs no more than its place in the table.
    pub(crate) fn take_back(&mut self, buffer: &mut Vec<u8>) {
        if !buffer.is_empty() {
            return;
        }
        let buffer = std::mem::take(buffer);
        if (1..=Self::MAX_CAPACITY).contains(&buffer.capacity()) && self.0.len() < Self::MAX_COUNT {
            self.0.push(buffer);
        }
    }
}
