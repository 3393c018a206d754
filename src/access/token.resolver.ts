import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { AccessToken } from './access-token.entity.js';
import { CreateTokenInput, NewToken } from './token.input.js';
import { TokenService } from './token.service.js';

@Resolver(() => AccessToken)
export class TokenResolver {
  constructor(private readonly tokenService: TokenService) {}

  @Query(() => [AccessToken], { description: 'those that you manage, newest first' })
  tokens(): Promise<AccessToken[]> {
    return this.tokenService.list();
  }

  @Mutation(() => NewToken)
  createToken(@Args('input') input: CreateTokenInput): Promise<NewToken> {
    return this.tokenService.create(input);
  }

  @Mutation(() => AccessToken, { description: 'from now on it opens nothing' })
  revokeToken(@Args('id', { type: () => ID }) id: string): Promise<AccessToken> {
    return this.tokenService.revoke(id);
  }
}
