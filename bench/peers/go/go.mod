module mote/bench/peers/go

go 1.26
