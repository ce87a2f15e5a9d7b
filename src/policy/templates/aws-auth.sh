#!/bin/sh
# Adds the role to the aws-auth ConfigMap of cluster @cluster@. eksctl keeps the other entries.
set -eu

eksctl create iamidentitymapping --cluster @cluster@ --region @region@ \
    --arn arn:@partition@:iam::@account@:role/@role_name@ \
    --username='@username@' \
    --no-duplicate-arns
