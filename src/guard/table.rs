//! The table of connections: slots that are used again, and a count of what they hold.

use super::client::Client;

/// Connections by slot.
#[derive(Default)]
pub(super) struct Table {
    slots: Vec<Option<Box<Client>>>,
    free: Vec<usize>,
    open: usize,
}

impl Table {
    pub(super) fn open(&self) -> usize {
        self.open
    }

    /// The slot that the next client gets.
    pub(super) fn next_slot(&self) -> usize {
        self.free.last().copied().unwrap_or(self.slots.len())
    }

    /// Puts a client into the slot that [`Table::next_slot`] named.
    pub(super) fn insert(&mut self, client: Client) {
        let slot = self.free.pop().unwrap_or(self.slots.len());
        if slot == self.slots.len() {
            self.slots.push(None);
        }
        if let Some(place) = self.slots.get_mut(slot) {
            *place = Some(Box::new(client));
            self.open += 1;
        }
    }

    pub(super) fn get(&mut self, slot: usize) -> Option<&mut Client> {
        self.slots.get_mut(slot)?.as_deref_mut()
    }

    /// The client in a slot, if it is still the one with this id.
    pub(super) fn same(&mut self, slot: usize, id: u64) -> Option<&mut Client> {
        self.get(slot).filter(|client| client.id == id)
    }

    pub(super) fn remove(&mut self, slot: usize) -> Option<Box<Client>> {
        let client = self.slots.get_mut(slot)?.take()?;
        self.open -= 1;
        self.free.push(slot);
        Some(client)
    }

    /// Slots of all clients for which the question is answered with yes.
    pub(super) fn slots(&self, is_meant: impl Fn(&Client) -> bool) -> Vec<usize> {
        let all = self.slots.iter().enumerate();
        all.filter(|(_, client)| client.as_deref().is_some_and(&is_meant)).map(|(slot, _)| slot).collect()
    }

    /// The earliest of all deadlines.
    pub(super) fn earliest(&self) -> Option<std::time::Instant> {
        self.slots.iter().flatten().map(|client| client.deadline).min()
    }
}
