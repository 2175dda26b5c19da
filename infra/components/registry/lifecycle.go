package registry

import (
	"encoding/json"
	"fmt"
)

// The shapes below are ECR's own: https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
type lifecycle struct {
	Rules []rule `json:"rules"`
}

type rule struct {
	RulePriority int       `json:"rulePriority"`
	Description  string    `json:"description"`
	Selection    selection `json:"selection"`
	Action       action    `json:"action"`
}

type selection struct {
	TagStatus     string   `json:"tagStatus"`
	TagPrefixList []string `json:"tagPrefixList,omitempty"`
	CountType     string   `json:"countType"`
	CountNumber   int      `json:"countNumber"`
}

type action struct {
	Type string `json:"type"`
}

// The tags of a stack's image while it is deployed, and when it runs. They move, and are all that does: images are named by digest. ECR counts
// images by the time of their push, so an image that was gone back to is an old one, and only a tag keeps it.
const (
	deployingTag = "deploying"
	runningTag   = "running"
)

// keepYoungest returns the policy that deletes all images but the youngest ones and those that are deployed or run. An image that a rule
// selects is never expired by a rule of a higher number, and each of the tags is on one image, so the first rule expires none
// (https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html).
func keepYoungest(count int) (string, error) {
	moving := []string{deployingTag, runningTag}
	text, err := json.Marshal(lifecycle{Rules: []rule{
		{
			RulePriority: 1,
			Description:  "Keep what is deployed and what runs",
			Selection:    selection{TagStatus: "tagged", TagPrefixList: moving, CountType: "imageCountMoreThan", CountNumber: len(moving)},
			Action:       action{Type: "expire"},
		},
		{
			RulePriority: 2,
			Description:  fmt.Sprintf("Keep the youngest %d images", count),
			Selection:    selection{TagStatus: "any", CountType: "imageCountMoreThan", CountNumber: count},
			Action:       action{Type: "expire"},
		},
	}})
	if err != nil {
		return "", fmt.Errorf("write lifecycle policy: %w", err)
	}
	return string(text), nil
}
