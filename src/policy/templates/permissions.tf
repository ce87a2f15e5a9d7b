# For the hashicorp/aws provider with credentials of account @account@.

@managed-policy.tf@

output "apono_policy_arn" {
  value = aws_iam_policy.apono.arn
}
