package config

import "slices"

// What Fargate sells: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
const (
	smallestCPU    = 256
	largestCPU     = 16384
	smallestMemory = 512
	largestMemory  = 122880
)

// gib is in MiB.
const gib = 1024

// sizes has the memory, in MiB, that each number of CPU units can have.
var sizes = map[int][]int{
	256:   {512, 1 * gib, 2 * gib},
	512:   steps(1, 4, 1),
	1024:  steps(2, 8, 1),
	2048:  steps(4, 16, 1),
	4096:  steps(8, 30, 1),
	8192:  steps(16, 60, 4),
	16384: steps(32, 120, 8),
}

// retentions are the days that CloudWatch Logs can keep lines for. Forever, its 0, is left out: it is the bill that grows unseen.
var retentions = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// steps lists the memory from first to last GiB.
func steps(first, last, step int) []int {
	var memory []int
	for value := first; value <= last; value += step {
		memory = append(memory, value*gib)
	}
	return memory
}

// checkSize refuses a pair that Fargate does not sell. A number that was refused before is zero here and is not refused twice.
func checkSize(r *reader, cpu, memory int) {
	if cpu == 0 || memory == 0 {
		return
	}
	sold, known := sizes[cpu]
	if !known {
		r.wrong("cpu", "is %d: it must be one of 256, 512, 1024, 2048, 4096, 8192, 16384", cpu)
		return
	}
	if !slices.Contains(sold, memory) {
		r.wrong("memory", "is %d: with %d CPU units it must be one of %v", memory, cpu, sold)
	}
}
