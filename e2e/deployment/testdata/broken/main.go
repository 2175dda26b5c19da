// broken is a service that cannot start: it says why and ends, as one does that was built for another world.
package main

import (
	"fmt"
	"os"
)

// code is one that nothing else ends with here.
const code = 41

func main() {
	fmt.Fprintln(os.Stderr, "broken: the schema of the database is newer than this version")
	os.Exit(code)
}
