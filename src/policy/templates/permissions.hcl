{
  Version = "2012-10-17"
  Statement = [
    {
      Effect   = "Allow"
      Action   = "eks:DescribeCluster"
      Resource = "arn:@partition@:eks:*:@account@:cluster/*"
    },
  ]
}
