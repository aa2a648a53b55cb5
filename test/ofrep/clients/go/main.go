// Command client evaluates flags with OpenFeature's published Go provider for OFREP: plans as JSON on standard input,
// answers as JSON on standard output. See test/ofrep/clients/drivers.ts for both shapes.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/open-feature/go-sdk-contrib/providers/ofrep"
	"github.com/open-feature/go-sdk/openfeature"
)

type plan struct {
	BaseURL string `json:"baseUrl"`
	Token   string `json:"token"`
	Calls   []call `json:"calls"`
}

type call struct {
	Flag    string         `json:"flag"`
	Type    string         `json:"type"`
	Default any            `json:"default"`
	Context map[string]any `json:"context"`
}

type answer struct {
	Value     any            `json:"value"`
	Variant   string         `json:"variant"`
	Reason    string         `json:"reason"`
	ErrorCode string         `json:"errorCode,omitempty"`
	Metadata  map[string]any `json:"metadata"`
}

func main() {
	var plans []plan
	if err := json.NewDecoder(os.Stdin).Decode(&plans); err != nil {
		log.Fatalf("the plans cannot be read: %v", err)
	}
	answers := make([][]answer, len(plans))
	for i, p := range plans {
		domain := fmt.Sprintf("plan-%d", i)
		provider := ofrep.NewProvider(p.BaseURL, ofrep.WithBearerToken(p.Token))
		if err := openfeature.SetNamedProviderAndWait(domain, provider); err != nil {
			log.Fatalf("plan %d: the provider does not start: %v", i, err)
		}
		client := openfeature.NewClient(domain)
		for _, c := range p.Calls {
			answers[i] = append(answers[i], evaluate(client, c))
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}

// evaluate ignores the error of each call: the SDK puts its code into the details as well.
func evaluate(client *openfeature.Client, c call) answer {
	ctx, person := context.Background(), contextOf(c.Context)
	switch c.Type {
	case "boolean":
		details, _ := client.BooleanValueDetails(ctx, c.Flag, c.Default.(bool), person)
		return answerOf(details.Value, details.EvaluationDetails)
	case "string":
		details, _ := client.StringValueDetails(ctx, c.Flag, c.Default.(string), person)
		return answerOf(details.Value, details.EvaluationDetails)
	case "integer":
		details, _ := client.IntValueDetails(ctx, c.Flag, int64(c.Default.(float64)), person)
		return answerOf(details.Value, details.EvaluationDetails)
	case "float":
		details, _ := client.FloatValueDetails(ctx, c.Flag, c.Default.(float64), person)
		return answerOf(details.Value, details.EvaluationDetails)
	default:
		details, _ := client.ObjectValueDetails(ctx, c.Flag, c.Default, person)
		return answerOf(details.Value, details.EvaluationDetails)
	}
}

func contextOf(members map[string]any) openfeature.EvaluationContext {
	targetingKey := ""
	attributes := map[string]any{}
	for name, value := range members {
		if name == "targetingKey" {
			targetingKey = value.(string)
		} else {
			attributes[name] = value
		}
	}
	return openfeature.NewEvaluationContext(targetingKey, attributes)
}

func answerOf(value any, details openfeature.EvaluationDetails) answer {
	return answer{value, details.Variant, string(details.Reason), string(details.ErrorCode), details.FlagMetadata}
}
