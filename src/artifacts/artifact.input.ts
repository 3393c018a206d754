import { Field, Float, InputType } from '@nestjs/graphql';

@InputType()
export class ArtifactInput {
  /** path inside the run, with forward slashes, e.g. adapter/adapter_model.safetensors */
  @Field(() => String)
  name: string;

  /** of a file that was uploaded before: PUT /artifacts/<sha256> */
  @Field(() => String)
  sha256: string;

  @Field(() => Float)
  bytes: number;
}
