module mote/differential

go 1.26.0
