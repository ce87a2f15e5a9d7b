# For the hashicorp/aws provider with credentials of account @account@.

resource "aws_iam_role" "apono" {
  name        = "@role_name@"
  path        = "@role_path@"
  description = "required for k8s access managed by Apono"

  max_session_duration = @max_session_duration@
  assume_role_policy = jsonencode(@trust.hcl@)
}

@managed-policy.tf@

resource "aws_iam_role_policy_attachment" "apono" {
  role       = aws_iam_role.apono.name
  policy_arn = aws_iam_policy.apono.arn
}

output "apono_role_arn" {
  value = aws_iam_role.apono.arn
}
