resource "aws_iam_policy" "apono" {
  name        = "@role_name@"
  description = "required for k8s access managed by Apono"

  policy = jsonencode(@permissions.hcl@)
}
