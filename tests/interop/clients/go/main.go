// Lists pods with client-go, or asks STS with the SDK for Go or as Terraform loads its configuration: once, and again for each line of
// standard input. Prints each answer as a line of JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

var (
	background = context.Background()
	once       = config.WithRetryMaxAttempts(1)
)

type answer struct {
	Status int    `json:"status"`
	Said   string `json:"said"`
}

func main() {
	ask := map[string]func() (func() (string, error), error){
		"kube":      kube,
		"aws":       func() (func() (string, error), error) { return caller(config.LoadDefaultConfig(background, once)) },
		"terraform": func() (func() (string, error), error) { return caller(terraform()) },
	}
	call, err := ask[os.Args[1]]()
	for lines := bufio.NewScanner(os.Stdin); ; {
		said := answer{Status: 200}
		if err == nil {
			said.Said, err = call()
		}
		if err != nil {
			said = answer{Said: err.Error()}
			var status apierrors.APIStatus
			if errors.As(err, &status) {
				said.Status = int(status.Status().Code)
			}
		}
		line, _ := json.Marshal(said)
		fmt.Println(string(line))
		if call == nil || !lines.Scan() {
			return
		}
		err = nil
	}
}

func kube() (func() (string, error), error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	loaded, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig()
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(loaded)
	if err != nil {
		return nil, err
	}
	return func() (string, error) {
		pods, err := client.CoreV1().Pods("default").List(background, metav1.ListOptions{})
		if err != nil {
			return "", err
		}
		return fmt.Sprint(len(pods.Items), " pods"), nil
	}, nil
}

func terraform() (aws.Config, error) {
	asked := awsbase.Config{Profile: os.Getenv("AWS_PROFILE"), Region: os.Getenv("AWS_REGION"), MaxRetries: 1}
	_, loaded, found := awsbase.GetAwsConfig(background, &asked)
	if found.HasError() {
		return loaded, errors.New(found[0].Summary() + ": " + found[0].Detail())
	}
	return loaded, nil
}

func caller(loaded aws.Config, err error) (func() (string, error), error) {
	if err != nil {
		return nil, err
	}
	client := sts.NewFromConfig(loaded)
	return func() (string, error) {
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		caller, err := client.GetCallerIdentity(ctx, nil)
		if err != nil {
			return "", err
		}
		return *caller.Arn, nil
	}, nil
}
