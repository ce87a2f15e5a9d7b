# For the hashicorp/aws provider with credentials of account @account@.

resource "aws_eks_access_entry" "apono" {
  cluster_name  = "@cluster@"
  principal_arn = "@role_arn@"
  user_name     = "@username@"
  type          = "STANDARD"
}
