#!/bin/sh
# Creates the role @role_name@ and its permissions, as described in the Apono guide for EKS, in account @account@.
@account-check.sh@

trust_policy=$(cat <<'EOF'
@trust.json@
EOF
)

@managed-policy.sh@
if aws iam get-role --role-name=@role_name@ >/dev/null 2>&1; then
    echo 'role @role_name@ already exists and was not changed; to compare it with the guide, run: @check_command@' >&2
else
    aws iam create-role --role-name=@role_name@ \
        --path @role_path@ \
        --description 'required for k8s access managed by Apono' \
        --max-session-duration @max_session_duration@ \
        --assume-role-policy-document "$trust_policy"
fi
aws iam attach-role-policy --role-name=@role_name@ \
    --policy-arn @policy_arn@

echo 'Done: @role_arn@'
