import * as tf from '@tensorflow/tfjs';
import { chooseBackend } from '../dist/src/training/backends.js';
import { matMul, multiply, sigmoid, add,transpose } from '../dist/src/training/native-operations.js';
await chooseBackend('tfjs-node');
const r=(...s)=>tf.randomNormal(s);
const t=(name,f,n=60)=>{for(let i=0;i<3;i++)tf.tidy(()=>{f()});const c=process.cpuUsage();for(let i=0;i<n;i++)tf.tidy(()=>{f()});const d=process.cpuUsage(c);console.log(name.padEnd(30),((d.user+d.system)/1000/n).toFixed(3));};
for(const [N,D] of [[1024,384],[512,256],[1024,1024],[128,576]]){
 const x=r(N,D),A=r(8,D),h=r(N,8),hT=r(8,N),B=r(D,8), BT=r(8,D), AT=r(D,8);
 t(`${N}x${D} x·Aᵀ`,()=>matMul(x,A,false,true));
 t(`${N}x${D} x·AT`,()=>matMul(x,AT));
 t(`${N}x${D} A·xᵀ`,()=>matMul(A,x,false,true));
 t(`${N}x${D} dy·B`,()=>matMul(x,B));
 t(`${N}x${D} Bᵀdyᵀ`,()=>matMul(B,x,true,true));
 t(`${N}x${D} dyᵀ·h`,()=>matMul(x,h,true));
 t(`${N}x${D} hᵀ·x`,()=>matMul(h,x,true));
 t(`${N}x${D} hT·x`,()=>matMul(hT,x));
 t(`${N}x${D} dyᵀ·hTᵀ`,()=>matMul(x,hT,true,true));
 t(`${N}x${D} h·Bᵀ`,()=>matMul(h,B,false,true));
}
const c=r(1,1);t('mul 1',()=>multiply(c,c),2000);
