{
  Version = "2012-10-17"
  Statement = [
    {
      Sid    = "Statement1"
      Effect = "Allow"
      Principal = {
        AWS = "*"
      }
      Action = "sts:AssumeRole"
      Condition = {
        StringEqualsIgnoreCase = {
          "sts:RoleSessionName" = "$${SAML:sub}"
        }
        ArnLike = {
          "aws:PrincipalArn" = [
            "arn:@partition@:iam::@account@:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_*",
            "arn:@partition@:iam::@account@:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_*",
          ]
        }
      }
    },
  ]
}
