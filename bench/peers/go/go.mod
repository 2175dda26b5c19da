module mote/bench/peers/go

go 1.26

toolchain go1.26.10
