//! The table of connections: slots that are used again.

use std::time::Instant;

use crate::downstream::conn::Conn;

/// Connections by slot.
#[derive(Default)]
pub(crate) struct Table {
    slots: Vec<Option<Box<Conn>>>,
    free: Vec<usize>,
    open: usize,
}

impl Table {
    pub(crate) fn open(&self) -> usize {
        self.open
    }

    /// The slot that the next connection gets.
    pub(crate) fn next_slot(&self) -> usize {
        self.free.last().copied().unwrap_or(self.slots.len())
    }

    /// Puts a connection into the slot that [`Table::next_slot`] named.
    pub(crate) fn insert(&mut self, conn: Conn) {
        let slot = self.free.pop().unwrap_or(self.slots.len());
        if slot == self.slots.len() {
            self.slots.push(None);
        }
        if let Some(place) = self.slots.get_mut(slot) {
            *place = Some(Box::new(conn));
            self.open += 1;
        }
    }

    pub(crate) fn get(&mut self, slot: usize) -> Option<&mut Conn> {
        self.slots.get_mut(slot)?.as_deref_mut()
    }

    /// The connection in a slot, if it is still the one with this id.
    pub(crate) fn same(&mut self, slot: usize, id: u64) -> Option<&mut Conn> {
        self.get(slot).filter(|conn| conn.id() == id)
    }

    pub(crate) fn remove(&mut self, slot: usize) -> Option<Box<Conn>> {
        let conn = self.slots.get_mut(slot)?.take()?;
        self.open -= 1;
        self.free.push(slot);
        Some(conn)
    }

    /// Slots of all connections for which the question is answered with yes.
    pub(crate) fn slots(&self, is_meant: impl Fn(&Conn) -> bool) -> Vec<usize> {
        let all = self.slots.iter().enumerate();
        all.filter(|(_, conn)| conn.as_deref().is_some_and(&is_meant)).map(|(slot, _)| slot).collect()
    }

    /// The earliest of all deadlines.
    pub(crate) fn earliest(&self) -> Option<Instant> {
        self.slots.iter().flatten().map(|conn| conn.deadline()).min()
    }
}
