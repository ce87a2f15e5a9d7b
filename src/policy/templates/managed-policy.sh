permissions=$(cat <<'EOF'
@permissions.json@
EOF
)

if aws iam get-policy --policy-arn @policy_arn@ >/dev/null 2>&1; then
    echo 'policy @policy_arn@ already exists and was not changed; to compare it with the guide, run: @check_command@' >&2
else
    aws iam create-policy --policy-name=@role_name@ \
        --description 'required for k8s access managed by Apono' \
        --policy-document "$permissions"
fi
