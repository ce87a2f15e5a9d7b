#!/bin/sh
# Creates the permissions of the role, as described in the Apono guide for EKS, in account @account@.
@account-check.sh@

@managed-policy.sh@

# After the role has been created, attach the policy to it:
# aws iam attach-role-policy --role-name=@role_name@ \
#     --policy-arn @policy_arn@
