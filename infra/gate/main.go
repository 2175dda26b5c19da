// Command gate says whether the version that was asked for is the one that serves: gate [-wait TIME] CLUSTER SERVICE TASKDEFINITION.
// ECS answers a failed deployment by going back to the version before, after which all looks well; so the question is not whether
// the service is steady, but which task definition won. If it was another one, the gate fails and prints what ECS knows of why.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

// asking is how long to wait before ECS is asked again.
const asking = 3 * time.Second

func main() {
	wait := flag.Duration("wait", 5*time.Minute, "how long the version may take to win")
	flag.Parse()
	if flag.NArg() != 3 {
		fmt.Fprintln(os.Stderr, "usage: gate [-wait TIME] CLUSTER SERVICE TASKDEFINITION")
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := pass(ctx, flag.Arg(0), flag.Arg(1), flag.Arg(2), *wait); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	fmt.Println("the version that was asked for serves:", flag.Arg(2))
}

// pass asks ECS until the version has won or lost, or time is over.
func pass(ctx context.Context, cluster, service, wanted string, wait time.Duration) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("find AWS credentials: %w", err)
	}
	client := ecs.NewFromConfig(cfg)
	for deadline := time.Now().Add(wait); ; {
		now, err := look(ctx, client, cluster, service)
		if err != nil {
			return err
		}
		switch verdict, reason := judge(now, wanted); {
		case verdict == won:
			return nil
		case verdict == lost || time.Now().After(deadline):
			explain(ctx, client, os.Stderr, cluster, now)
			return fmt.Errorf("%s does not serve: %s", wanted, reason)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(asking):
		}
	}
}
