"""The judge of calls: says no where AWS would say no to a call that a rehearsal made of the local AWS."""
