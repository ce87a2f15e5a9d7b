# Run it as an admin of that account. It does not change anything that already exists.
set -eu
export AWS_PAGER=

account=$(aws sts get-caller-identity --query Account --output text)
if [ "$account" != @account@ ]; then
    echo "nothing was created: the AWS CLI is signed in to account $account, this script is for @account@" >&2
    exit 1
fi
