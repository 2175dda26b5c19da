"""Where services are missing."""

import unittest

from judge import partitions


class Partitions(unittest.TestCase):
    def test_the_program_has_what_botocore_says(self):
        self.assertEqual(partitions.text(), partitions.FILE.read_text(), "write it anew: e2e/judge/judge.sh partitions")

    def test_a_service_is_missing_where_it_has_no_endpoint(self):
        self.assertIn("cn-north-1", partitions.missing("textract", "textract"))
        self.assertNotIn("us-gov-west-1", partitions.missing("textract", "textract"))
        # The list has ECR as api.ecr and CloudWatch as monitoring.
        for prefix, endpoint in (("ecr", "ecr.api"), ("cloudwatch", "monitoring"), ("sts", "sts"), ("s3", "s3")):
            self.assertEqual([], partitions.missing(prefix, endpoint))


if __name__ == "__main__":
    unittest.main()
