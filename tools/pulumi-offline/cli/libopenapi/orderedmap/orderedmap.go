// Package orderedmap has the maps of the descriptions. Nothing is put into any but by what reads a description, and the order is not kept.
package orderedmap

import (
	"iter"
	"maps"
)

// Map is a map by a pointer.
type Map[K comparable, V any] struct{ all map[K]V }

// New is an empty one.
func New[K comparable, V any]() *Map[K, V] { return &Map[K, V]{all: map[K]V{}} }

// Len is how many there are.
func Len[K comparable, V any](m *Map[K, V]) int {
	if m == nil {
		return 0
	}
	return len(m.all)
}

// Get finds one.
func (m *Map[K, V]) Get(key K) (V, bool) {
	value, is := m.all[key]
	return value, is
}

// GetOrZero finds one, or the zero value.
func (m *Map[K, V]) GetOrZero(key K) V { return m.all[key] }

// Set puts one in.
func (m *Map[K, V]) Set(key K, value V) { m.all[key] = value }

// Delete takes one away.
func (m *Map[K, V]) Delete(key K) { delete(m.all, key) }

// FromOldest are all of them.
func (m *Map[K, V]) FromOldest() iter.Seq2[K, V] { return maps.All(m.all) }

// KeysFromOldest are all keys.
func (m *Map[K, V]) KeysFromOldest() iter.Seq[K] { return maps.Keys(m.all) }
