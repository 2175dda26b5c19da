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
	TagStatus   string `json:"tagStatus"`
	CountType   string `json:"countType"`
	CountNumber int    `json:"countNumber"`
}

type action struct {
	Type string `json:"type"`
}

// keepYoungest returns the policy that deletes all images but the youngest ones, with tags or without: ours have none.
func keepYoungest(count int) (string, error) {
	text, err := json.Marshal(lifecycle{Rules: []rule{{
		RulePriority: 1,
		Description:  fmt.Sprintf("Keep the youngest %d images", count),
		Selection:    selection{TagStatus: "any", CountType: "imageCountMoreThan", CountNumber: count},
		Action:       action{Type: "expire"},
	}}})
	if err != nil {
		return "", fmt.Errorf("write lifecycle policy: %w", err)
	}
	return string(text), nil
}
