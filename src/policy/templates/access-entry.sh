#!/bin/sh
# Creates the access entry of the role for cluster @cluster@ in account @account@.
@account-check.sh@

# The authentication mode of the cluster must be API or API_AND_CONFIG_MAP. To see it, run:
#   aws eks describe-cluster --name @cluster@@region_option@ --query cluster.accessConfig.authenticationMode
# In Apono, the usernames in this cluster must be @prefix@EMAIL: EKS requires a colon before the session name, see
#   https://docs.aws.amazon.com/eks/latest/userguide/set-custom-username.html
aws eks create-access-entry --cluster-name @cluster@@region_option@ \
    --principal-arn @role_arn@ \
    --type STANDARD \
    --username='@username@'
